using System.Text;
using MailIngest.Fuzz.Driver;
using MailIngest.Fuzz.Streams;
using MailIngest.Pop3;
using MailIngest.Pop3.Sasl;

namespace MailIngest.Fuzz.Targets;

/// <summary>What must hold of every conversation with a server, whatever it says: shared by the targets that hold one.</summary>
sealed class Dialogue
{
    public const string User = "mrose";

    /// <summary>One in ASCII, one whose octets read otherwise as Latin-1.</summary>
    public static readonly string[] Passwords = ["S3cr3t-Pass", "Pa\u00DFw\u00F6rt-9"];

    /// <summary>The secrets as a hostile server might repeat them.</summary>
    public static readonly string[] Echoes =
    [
        Passwords[0], "[S3CR3T-PASS]", Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(Passwords[1])), Passwords[1], "\u00FF",
        SaslPlain.Encode(User, Passwords[0]), SaslPlain.Encode(User, Passwords[1]), "mrose",
    ];

    readonly List<string> _shown = [];
    readonly string _password;

    public Dialogue(ScriptedStream stream, byte options)
    {
        Stream = stream;
        _password = Passwords[options >> 2 & 1];
        SignIn = new Pop3SignIn(User, _password, (SignInMechanism)(options & 3));
        Options = new Pop3Options
        {
            Clock = stream.Clock,
            Pipelining = (Pipelining)((options >> 3 & 3) % 3),
            ListsFirst = (options & 0x40) != 0,
            // Small, so that short inputs reach them.
            MaxReplyLine = 512,
            MaxListingLine = 128,
            MaxSaslLine = 512,
            MaxCapabilityLines = 8,
            MaxMessages = 16,
            MaxMessageOctets = 300,
            MaxTopOctets = 200,
            WindowCommands = 3,
            WindowOctets = 500,
            Transcript = line => Show(line.ToString()),
        };
    }

    public ScriptedStream Stream { get; }

    public Pop3SignIn SignIn { get; }

    public Pop3Options Options { get; }

    /// <summary>The maildrop is open: from here on nothing is masked.</summary>
    public bool IsSignedIn { get; set; }

    /// <summary>Something that an operator may read. Secrets are masked while they are being used: what a server says that was told
    /// nothing yet, or after the maildrop is open, is shown as it is.</summary>
    public void Show(string text)
    {
        if (IsInUse) _shown.Add(text);
    }

    /// <summary>Passes on only the exceptions that are documented to come out, and looks at what they say.</summary>
    public Exception Documented(Exception e)
    {
        Oracle.Holds(e is Pop3RefusedException or Pop3ProtocolException or Pop3SignInException or Pop3TlsException or IOException
            or TimeoutException or OperationCanceledException, $"not a documented exception: {e}");
        // ToString() without the stack, which is slow
        for (var cause = e; cause is not null; cause = cause.InnerException) Show(cause.Message);
        ReplyTarget.Shown(e.Message.Replace(Environment.NewLine, "", StringComparison.Ordinal), 2000);
        if (e is Pop3RefusedException refused)
        {
            Show(refused.Command);
            Show(refused.Reply.Text);
            Show(refused.Reply.ToString());
            // A code is in upper case, whatever the server wrote.
            if (IsInUse && refused.Reply.Code is { } code && code.Text.Contains(_password, StringComparison.OrdinalIgnoreCase))
                Oracle.Holds(refused.Reply.Text.Contains(code.Text, StringComparison.OrdinalIgnoreCase), "the password is shown as a code");
        }
        return e;
    }

    bool IsInUse =>
        !IsSignedIn && (Stream.Sent.IndexOf("PASS "u8) >= 0 || Stream.Sent.IndexOf("AUTH "u8) >= 0 || Stream.Sent.IndexOf("APOP "u8) >= 0);

    /// <summary>No secret was shown; what was sent is whole commands of a client that knows the protocol.</summary>
    public void Check(bool isBroken)
    {
        var digest = SignIn.Mechanism == SignInMechanism.Apop && Sent().Find(line => IsOf("APOP", line)) is { } apop ? apop[^32..] : null;
        var blob = SaslPlain.Encode(User, _password);
        var mojibake = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(_password));
        foreach (var text in _shown)
        {
            Oracle.Holds(!text.Contains(_password, StringComparison.Ordinal), "the password is shown");
            Oracle.Holds(!text.Contains(mojibake, StringComparison.Ordinal), "the password is shown, its octets as Latin-1");
            Oracle.Holds(!text.Contains(blob, StringComparison.Ordinal), "the response of PLAIN is shown");
            Oracle.Holds(digest is null || !text.Contains(digest, StringComparison.OrdinalIgnoreCase), "the digest of APOP is shown");
        }

        var sent = Sent();
        for (var at = 0; at < sent.Count; at++)
        {
            Oracle.Holds(sent[at].Length + 2 <= Command.MaxOctets, "a command is too long");
            Oracle.Holds(sent[at] != "QUIT" || at == sent.Count - 1, "something was sent after QUIT");
            Oracle.Holds(!IsOf("PASS", sent[at]) || IsOf("USER", sent[at - 1]), "PASS without USER");
        }
        Oracle.Holds(sent.FindAll(line => IsOf("PASS", line) || IsOf("APOP", line) || IsOf("AUTH", line)).Count <= 1,
            "the credentials were sent twice");
        Oracle.Holds(!isBroken || IsSignedIn || !sent.Contains("QUIT"), "QUIT although the sign-in broke");
    }

    static bool IsOf(string verb, string line) => line.StartsWith(verb + " ", StringComparison.Ordinal);

    /// <summary>The commands sent so far.</summary>
    public List<string> Sent()
    {
        var sent = Encoding.UTF8.GetString(Stream.Sent).Split("\r\n");
        Oracle.Holds(sent[^1].Length == 0, "half a command was sent");
        return [.. sent[..^1]];
    }
}
