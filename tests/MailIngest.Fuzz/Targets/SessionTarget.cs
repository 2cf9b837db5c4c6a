using MailIngest.Fuzz.Driver;
using MailIngest.Fuzz.Streams;
using MailIngest.Pop3;

namespace MailIngest.Fuzz.Targets;

/// <summary>A whole session, from the greeting to the answer to QUIT, with the input as everything that the server says.</summary>
sealed class SessionTarget : Target
{
    public override string Name => "session";

    public override int MaxInput => 768;

    public override IReadOnlyList<byte[]> Dictionary { get; } = Words(
    [
        .. Dialogue.Echoes, "+OK\r\n\u00FE", "-ERR no\r\n\u00FE", "-ERR [SYS/TEMP] x\r\n\u00FE", "\u00FE", "\r\n.\r\n\u00FE", ".\r\n\u00FE",
        "+ \r\n\u00FE", "+OK 2 40\r\n\u00FE", "+OK\r\n1 20\r\n2 20\r\n.\r\n\u00FE",
        "+OK\r\n1 a\r\n2 b\r\n.\r\n\u00FE", "+OK 20 octets\r\nSubject: x\r\n\r\nhello\r\n.\r\n\u00FE",
        "+OK\r\nPIPELINING\r\nUIDL\r\nUSER\r\n.\r\n\u00FE", "SASL PLAIN\r\n", "UTF8\r\n", "STLS\r\n",
        "-ERR Disconnected for inactivity\r\n", "1 20\r\n", ".\r\n", "..\r\n",
    ]);

    /// <summary>
    /// Two receive buffers (64 KiB, one before and one after STLS), a TLS stream with its own, the session's objects, strings of what was
    /// said and shown. Messages are not kept.
    /// </summary>
    public override long AllocationLimit(int inputOctets) => 224 * 1024 + 500L * inputOctets;

    public override void Run(ReadOnlySpan<byte> input)
    {
        var choices = new Choices(input);
        var (options, how, chunks) = (choices.Octet(), choices.Octet(), choices.Octet());
        // One in eight asks for STLS: its handshake takes longer than all the rest.
        var tls = (options & 0xE0) == 0xE0 ? TlsMode.Stls : TlsMode.None;
        var stream = new ScriptedStream(choices.Rest, how, chunks);
        var dialogue = new Dialogue(stream, options);
        var server = new Pop3Endpoint("pop.example.com", 110, tls);
        MaildropSession? session = null;
        var hasQuit = false;
        try
        {
            session = stream.Run(Pop3Client.OpenAsync(stream, server, dialogue.SignIn, dialogue.Options, stream.Stop.Token));
            dialogue.IsSignedIn = true;
            hasQuit = stream.Run(ConverseAsync(session, dialogue));
        }
        catch (Exception e) when (e is not OracleException)
        {
            dialogue.Documented(e);
            Oracle.Holds(session is null || session.IsBroken == e is not Pop3RefusedException, $"broken by {e.Message}");
        }

        if (session is not null) MaildropTarget.Ends(stream, session);
        if (tls == TlsMode.Stls && stream.Sent.IndexOf("\u0016"u8) is var hello and >= 0)
            Oracle.Holds(stream.Sent[..hello].SequenceEqual("CAPA\r\nSTLS\r\n"u8), "something was said before TLS");
        else
        {
            dialogue.Check(session is null || session.IsBroken);
            Oracle.Holds(tls == TlsMode.None || session is null, "a session without TLS although it is required");
            Oracle.Equal(hasQuit, hasQuit && dialogue.Sent().Contains("QUIT"), "QUIT was sent");
        }
    }

    static async Task<bool> ConverseAsync(MaildropSession session, Dialogue dialogue)
    {
        var stop = dialogue.Stream.Stop.Token;
        var listing = await session.ListMaildropAsync(stop);
        ScanListing[] wanted = [.. listing.Messages.Take(4).Select(message => new ScanListing(message.Number, message.Octets))];
        var room = new byte[64];
        var done = new List<int>();
        await foreach (var message in session.RetrieveAsync(wanted, default, stop))
        {
            var octets = 0;
            while (await message.Content.ReadAsync(room, stop) is var read && read > 0) octets += read;
            Oracle.Holds(octets <= dialogue.Options.MaxMessageOctets, "more octets than the limit");
            Oracle.Equal(wanted[done.Count].Number, message.Number, "the order of messages");
            done.Add(message.Number);
        }
        Oracle.Equal(wanted.Length, done.Count, "messages given out");
        var replies = await session.DeleteAsync(done, stop);
        Oracle.Equal(done.Count, replies.Count, "answers to DELE");
        if (!replies.All(reply => reply.Ok)) return false;
        await session.QuitAsync(stop);
        try
        {
            await session.NoopAsync(stop);
            throw new OracleException("a session goes on after QUIT");
        }
        catch (InvalidOperationException)
        {
            return true;
        }
    }
}
