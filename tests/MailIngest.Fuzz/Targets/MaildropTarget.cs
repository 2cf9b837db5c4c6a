using System.Globalization;
using System.Text;
using MailIngest.Fuzz.Driver;
using MailIngest.Fuzz.Streams;
using MailIngest.Pop3;

namespace MailIngest.Fuzz.Targets;

/// <summary>STAT, LIST and UIDL as one listing: complete and as the server wrote it, or a documented exception.</summary>
sealed class MaildropTarget : Target
{
    public override string Name => "maildrop";

    public override IReadOnlyList<byte[]> Dictionary { get; } = Words("+OK\r\n", "+OK 2 320\r\n", "+OK 1 1\r\n", "-ERR\r\n",
        "-ERR [SYS/TEMP] x\r\n", "\u00FE", "\r\n.\r\n\u00FE",
        "1 200\r\n", "2 120\r\n", "1 a\r\n", "2 b\r\n", "+OK 1 a\r\n", ".\r\n", "..\r\n", "1 \r\n", "1  a b\r\n", "\n", "\r\n", "16 1\r\n",
        "2147483647 1\r\n", " ");

    /// <summary>
    /// The receive buffer (64 KiB), the session's objects; a line of five octets becomes a struct in three lists, and strings.
    /// </summary>
    public override long AllocationLimit(int inputOctets) => 112 * 1024 + 300L * inputOctets;

    public override void Run(ReadOnlySpan<byte> input)
    {
        var choices = new Choices(input);
        var (options, how, chunks) = (choices.Octet(), choices.Octet(), choices.Octet());
        byte[] script = [ScriptedStream.Turn, .. choices.Rest];
        var stream = new ScriptedStream(script, how, chunks);
        var dialogue = new Dialogue(stream, options) { IsSignedIn = true };
        var connection = new Connection(stream, new("pop.example.com", 110, TlsMode.None), dialogue.Options, stream.Clock.GetTimestamp());
        connection.Connected();
        var capabilities = new Capabilities((options & 0x20) == 0 ? ["PIPELINING"] : ["PIPELINING", "UIDL"]);
        var session = new MaildropSession(connection, capabilities, dialogue.Options);

        MaildropListing? listing = null;
        try
        {
            listing = stream.Run(session.ListMaildropAsync(stream.Stop.Token));
        }
        catch (Exception e) when (e is not OracleException)
        {
            Oracle.Equal(dialogue.Documented(e) is not Pop3RefusedException, session.IsBroken, $"broken by {e.Message}");
        }
        if (listing is not null) Agrees(listing, script, dialogue.Options);

        Ends(stream, session);
        dialogue.Check(session.IsBroken);
    }

    /// <summary>A broken session says nothing any more, asked or not.</summary>
    internal static void Ends(ScriptedStream stream, MaildropSession session)
    {
        var sent = stream.Sent.Length;
        if (session.IsBroken)
        {
            try
            {
                stream.Run(session.QuitAsync(default));
                throw new OracleException("a broken session quits");
            }
            catch (InvalidOperationException)
            {
            }
            catch (Exception e) when (e is IOException or TimeoutException or OperationCanceledException)
            {
                // Why it broke, told to whoever asks first.
            }
        }
        stream.Run(SignInTarget.DisposedAsync(session));
        Oracle.Equal(sent, stream.Sent.Length, "octets sent after the end");
    }

    /// <summary>What the three answers say, read line by line.</summary>
    static void Agrees(MaildropListing listing, ReadOnlySpan<byte> script, Pop3Options options)
    {
        Oracle.Holds(listing.Messages.Count <= options.MaxMessages, "more messages than the limit");
        Oracle.Equal(listing.Drop.Messages, listing.Messages.Count, "messages by STAT");

        var lines = new Queue<string>(Encoding.Latin1.GetString(script).Replace("\u00FE", "", StringComparison.Ordinal).Split("\r\n"));
        Oracle.Holds(lines.Dequeue().StartsWith("+OK", StringComparison.Ordinal), "STAT was refused");
        var scans = Multi(lines).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(words => (Number: Number(words[0]), Octets: long.Parse(words[1], CultureInfo.InvariantCulture)))
                .OrderBy(scan => scan.Number);
        Oracle.Holds(scans.SequenceEqual(listing.Messages.Select(message => (message.Number, message.Octets))), "not what LIST said");

        if (!listing.HasUniqueIds) return;
        var names = Multi(lines).Select(line => line.StartsWith("+OK ", StringComparison.Ordinal) ? line[4..] : line)
            .Select(line => line.TrimStart(' ').Split(' ', 2)).ToDictionary(words => Number(words[0]),
                words => words.Length < 2 ? "" : words[1].TrimStart(' '));
        foreach (var message in listing.Messages)
            Oracle.Equal(names.GetValueOrDefault(message.Number, ""), message.UniqueId ?? "", $"the unique-id of {message.Number}");
        Oracle.Holds(names.Keys.All(number => listing.Messages.Any(message => message.Number == number)),
            "UIDL names a message that is not listed");
    }

    static int Number(string word) => int.Parse(word, CultureInfo.InvariantCulture);

    static List<string> Multi(Queue<string> lines)
    {
        Oracle.Holds(lines.Dequeue().StartsWith("+OK", StringComparison.Ordinal), "a listing was refused");
        var answer = new List<string>();
        while (lines.Dequeue() is var line && line != ".") answer.Add(line.StartsWith('.') ? line[1..] : line);
        return answer;
    }
}
