using MailIngest.Fuzz.Driver;
using MailIngest.Fuzz.Streams;
using MailIngest.Pop3.Sasl;
using MailIngest.Pop3.Server;
using Microsoft.Extensions.Time.Testing;

namespace MailIngest.Fuzz.Targets;

/// <summary>Our own server, with the input as everything that a client sends: the session ends, and every answer is framed.</summary>
sealed class ServerTarget : Target
{
    const string Password = "S3cr3t-Pass";

    static readonly byte[][] Messages = [".hidden\r\n\r\n..\r\nlast"u8.ToArray(), "Subject: \xC3\xBC\n\nbody\n.\n"u8.ToArray(), []];

    readonly Dictionary<string, Pop3Account> _accounts = [];

    public override string Name => "server";

    public override IReadOnlyList<byte[]> Dictionary { get; } = Words("USER mrose\r\n", $"PASS {Password}\r\n",
        $"USER mrose\r\nPASS {Password}\r\n", "CAPA\r\n", "STAT\r\n", "LIST\r\n", "LIST 1\r\n",
        "RETR 1\r\n", "RETR 2\r\n", "DELE 1\r\n", "DELE 3\r\n", "NOOP\r\n", "RSET\r\n", "TOP 1 0\r\n", "TOP 2 1\r\n", "UIDL\r\n",
        "UIDL 2\r\n", "QUIT\r\n", "UTF8\r\n", "STLS\r\n", "AUTH PLAIN\r\n",
        $"AUTH PLAIN {SaslPlain.Encode("mrose", Password)}\r\n", $"{SaslPlain.Encode("mrose", Password)}\r\n", "*\r\n", "=\r\n",
        "APOP apop 0123456789abcdef0123456789abcdef\r\n", "\n", " ", "\u00FF", "\u00C3\u00BC",
        new string('x', 255));

    /// <summary>
    /// The buffers of a session (4 KiB for commands, 68 KiB for answers, 32 KiB for a message) and of a new maildrop (32 KiB a message);
    /// a RETR of eight octets is answered with at most 60, and noted twice.
    /// </summary>
    public override long AllocationLimit(int inputOctets) => 320 * 1024 + 500L * inputOctets;

    public override void Run(ReadOnlySpan<byte> input)
    {
        var choices = new Choices(input);
        var (options, chunks, writes) = (choices.Octet(), choices.Octet(), choices.Octet());
        var maildrop = Maildrop();
        var clock = new FakeTimeProvider();
        var shared = new SharedByServer(new Pop3ServerOptions
        {
            Accounts = _accounts,
            Clock = clock,
            Lenient = (options & 1) != 0,
            Utf8 = (options & 2) != 0,
            Apop = (options & 4) != 0,
            RespCodes = (options & 8) == 0,
            Sasl = (options & 16) == 0 ? ["PLAIN", "CRAM-MD5", "SCRAM-SHA-256", "OAUTHBEARER", "XOAUTH2"] : [],
            AnnounceCapa = (options & 32) == 0,
            LoginDelay = (options & 64) != 0 ? TimeSpan.FromSeconds(60) : null,
        }, new FaultPlayer(FaultScript.None), new ServerEvents(), new LoginDelay(null, clock));

        var client = new PieceStream(choices.Rest.ToArray(), chunks, writes is 0 or > 127 ? int.MaxValue : 8 * writes);
        var session = new ServerSession(1, new ClientConnection(client, null, clock), shared, default);
        var running = session.RunAsync(default);
        Oracle.Holds(running.IsCompleted, "a session waits although its client has said everything");
        running.GetAwaiter().GetResult();
        session.DisposeAsync().AsTask().GetAwaiter().GetResult();

        Oracle.Holds(!maildrop.IsLocked, "the maildrop stays locked");
        Framed(client.Written, shared.Events, client.IsGone);
        Removed(shared.Events, maildrop);
        Secret(shared.Events);
    }

    /// <summary>A new one only where messages were removed from the last: to measure a message takes longer than the session.</summary>
    Maildrop Maildrop()
    {
        if (_accounts.TryGetValue("mrose", out var account) && account.Maildrop.Count == Messages.Length) return account.Maildrop;
        var maildrop = new Maildrop();
        foreach (var message in Messages) maildrop.Add(message);
        _accounts["mrose"] = new(Password, maildrop);
        _accounts["apop"] = new(Password, maildrop, Apop: true);
        return maildrop;
    }

    /// <summary>A greeting, and to every command one answer: a status line, and after +OK the lines that the command asks for.</summary>
    static void Framed(ReadOnlySpan<byte> written, ServerEvents events, bool isGone)
    {
        Status(ref written, isGone);
        foreach (var command in events.Commands())
        {
            if (written.IsEmpty && isGone) return;
            var isResponse = command.Text == "****";
            var isMultiLine = command.Verb is "RETR" or "TOP" or "CAPA" || (command.Verb is "LIST" or "UIDL" && !command.Text.Contains(' ',
                StringComparison.Ordinal));
            if (!isResponse && command is { Verb: "AUTH" } && written.StartsWith("+ "u8)) Line(ref written, isGone);
            else if (Status(ref written, isGone) && isMultiLine && !isResponse)
            {
                var (_, end) = NaiveReader.Read(written);
                Oracle.Holds(end is not null || isGone, $"the answer to {command.Text} has no end");
                written = written[(end ?? written.Length)..];
            }
        }
        Oracle.Holds(written.IsEmpty, "something is answered that nobody asked");
    }

    static bool Status(ref ReadOnlySpan<byte> written, bool isGone)
    {
        var line = Line(ref written, isGone);
        var isOk = line.StartsWith("+OK"u8);
        Oracle.Holds(isOk || line.StartsWith("-ERR "u8) || isGone, "an answer is neither +OK nor -ERR");
        Oracle.Holds(line.IndexOfAnyExceptInRange((byte)' ', (byte)'~') < 0 || line.IndexOfAnyInRange((byte)0x80, (byte)0xFF) >= 0,
            "a control character in an answer");
        Oracle.Holds(line.Length + 2 <= 512, "a status line is too long");
        return isOk;
    }

    static ReadOnlySpan<byte> Line(ref ReadOnlySpan<byte> written, bool isGone)
    {
        var end = written.IndexOf("\r\n"u8);
        Oracle.Holds(end >= 0 || isGone, "an answer is missing, or has no CRLF");
        if (end < 0)
        {
            written = [];
            return [];
        }
        var line = written[..end];
        written = written[(end + 2)..];
        return line;
    }

    /// <summary>Removed is what was marked, by QUIT alone (RFC 1939 §6).</summary>
    static void Removed(ServerEvents events, Maildrop maildrop)
    {
        var removals = events.Removals;
        Oracle.Equal(Messages.Length - removals.Count, maildrop.Count, "messages left");
        if (removals.Count == 0) return;
        Oracle.Equal("QUIT", events.Commands()[^1].Verb, "what removed a message");
        var marked = new HashSet<int?>();
        int? named = null;
        foreach (var e in events)
        {
            if (e.Kind == ServerEventKind.Command) named = e.Message;
            if (e.Kind != ServerEventKind.Answer || !e.Text.StartsWith("+OK", StringComparison.Ordinal)) continue;
            if (e.Verb == "DELE") marked.Add(named);
            if (e.Verb == "RSET") marked.Clear();
        }
        Oracle.Holds(removals.All(removal => marked.Contains(removal.Message)), "a message was removed that was not marked");
    }

    static void Secret(ServerEvents events)
    {
        foreach (var e in events)
        {
            // A client may say it where no secret is expected; what is said to be one is masked.
            if (e is { Kind: ServerEventKind.Command, Verb: "PASS" }) Oracle.Equal("PASS ****", e.Text.Length > 5 ? e.Text : "PASS ****",
                "PASS as shown");
            if (e is { Kind: ServerEventKind.Command, Verb: "AUTH" } && e.Text.StartsWith("AUTH PLAIN ",
                StringComparison.OrdinalIgnoreCase))
                Oracle.Equal("****", e.Text[11..], "AUTH as shown");
        }
    }
}
