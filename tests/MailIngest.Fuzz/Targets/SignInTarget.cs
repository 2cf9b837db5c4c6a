using System.Text;
using System.Text.RegularExpressions;
using MailIngest.Fuzz.Driver;
using MailIngest.Fuzz.Streams;
using MailIngest.Pop3;

namespace MailIngest.Fuzz.Targets;

/// <summary>CAPA and the sign-in: what a hostile server can make us say, and what it can make us show.</summary>
sealed partial class SignInTarget : Target
{
    public override string Name => "sign-in";

    public override IReadOnlyList<byte[]> Dictionary { get; } = Words(
    [
        .. Dialogue.Echoes, "+OK\r\n", "-ERR\r\n", "+OK ", "-ERR ", "\u00FE", "\r\n.\r\n\u00FE", "+ \r\n\u00FE", "+ ", "+\r\n",
        "+OK <1.2@example.com>\r\n\u00FE",
        "<1@a>", "[AUTH]", "[SYS/TEMP] ", "[LOGIN-DELAY] ", "[IN-USE] ", "SASL PLAIN\r\n", "SASL\r\n", "UTF8 USER\r\n", "UTF8\r\n",
        "USER\r\n", "PIPELINING\r\n",
        "LOGIN-DELAY 900 USER\r\n", "EXPIRE NEVER\r\n", "EXPIRE 0 USER\r\n", "AUTH-RESP-CODE\r\n", "RESP-CODES\r\n", "IMPLEMENTATION x\r\n",
        "STLS\r\n", "dGVzdA==",
    ]);

    /// <summary>
    /// The receive buffer (64 KiB, which is not pooled again when the connection ends inside a read), the session's objects, strings of
    /// what was said and shown.
    /// </summary>
    public override long AllocationLimit(int inputOctets) => 112 * 1024 + 400L * inputOctets;

    public override void Run(ReadOnlySpan<byte> input)
    {
        var choices = new Choices(input);
        var (options, how, chunks) = (choices.Octet(), choices.Octet(), choices.Octet());
        var stream = new ScriptedStream(choices.Rest, how, chunks);
        var dialogue = new Dialogue(stream, options);
        MaildropSession? session = null;
        var server = new Pop3Endpoint("pop.example.com", 110, TlsMode.None);
        try
        {
            session = stream.Run(Pop3Client.OpenAsync(stream, server, dialogue.SignIn, dialogue.Options, stream.Stop.Token));
            dialogue.IsSignedIn = true;
        }
        catch (Exception e) when (e is not OracleException)
        {
            dialogue.Documented(e);
        }

        var sent = stream.Sent.Length;
        if (session is not null)
        {
            Knows(session.Capabilities);
            stream.Run(DisposedAsync(session));
        }
        Oracle.Equal(sent, stream.Sent.Length, "octets sent after the end");
        dialogue.Check(session is null);
        if (dialogue.Sent().Exists(line => line.StartsWith("APOP ", StringComparison.Ordinal)))
            Oracle.Holds(MsgId().IsMatch(Encoding.Latin1.GetString(choices.Rest)), "a digest was made of something that is no msg-id");
    }

    /// <summary>Against the lines that they were read from.</summary>
    static void Knows(Capabilities capabilities)
    {
        var words = capabilities.Lines.Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(line => line.Length > 0).ToList();
        Oracle.Equal(words.Exists(line => Is(line[0], "PIPELINING")), capabilities.Pipelining, "PIPELINING");
        Oracle.Equal(words.Exists(line => Is(line[0], "UIDL")), capabilities.Uidl, "UIDL");
        Oracle.Equal(words.FindAll(line => Is(line[0], "SASL")).Sum(line => line.Length - 1), capabilities.SaslMechanisms.Count,
            "mechanisms");
        Oracle.Holds(capabilities.LoginDelay is null or >= 0, "a negative LOGIN-DELAY");
        Oracle.Holds(capabilities.Expire is null or >= 0, "a negative EXPIRE");
    }

    static bool Is(string word, string tag) => word.Equals(tag, StringComparison.OrdinalIgnoreCase);

    internal static async Task<bool> DisposedAsync(MaildropSession session)
    {
        await session.DisposeAsync();
        return true;
    }

    [GeneratedRegex(@"<[^<>@\x00-\x20\x7F-\xFF]+@[^<>@\x00-\x20\x7F-\xFF]+>")]
    private static partial Regex MsgId();
}
