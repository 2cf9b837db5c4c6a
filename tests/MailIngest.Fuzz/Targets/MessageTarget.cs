using System.Runtime.InteropServices;
using MailIngest.Fuzz.Driver;
using MailIngest.Fuzz.Streams;
using MailIngest.Pop3;
using MailIngest.Pop3.Server;

namespace MailIngest.Fuzz.Targets;

/// <summary>A message in both directions, cut into pieces anywhere: what we read from a server, what our server makes of a file.</summary>
sealed class MessageTarget : Target
{
    const int MaxOctets = 400;

    public override string Name => "message";

    public override IReadOnlyList<byte[]> Dictionary { get; } =
        Words("\r\n.\r\n", "\r\n", "\n", "\r", ".", "\r\n.", "\r\n..", "\n.\n", "\r.\r", "\r\r\n", "\n.\r\n", ".\r\n", "\r\n.\r",
        "\r\n\r\n", "+OK\r\n");

    /// <summary>Two sessions with their buffers and pieces, the answer's buffer (68 KiB) and the lists of the reference.</summary>
    public override long AllocationLimit(int inputOctets) => 160 * 1024 + 200L * inputOctets;

    public override void Run(ReadOnlySpan<byte> input)
    {
        var choices = new Choices(input);
        var (chunks, rooms, lines) = (choices.Octet(), choices.Octet(), choices.Octet() & 7);
        Unstuffs(choices.Rest, chunks, rooms);
        Streams(choices.Rest, chunks, rooms);
        Stuffs(choices.Rest, chunks, rooms);
        Tops(choices.Rest, chunks, lines);
    }

    static void Unstuffs(ReadOnlySpan<byte> wire, byte chunks, byte rooms)
    {
        var (expected, end) = NaiveReader.Read(wire);
        var (pieces, room) = (new Chunks(chunks), new Chunks(rooms));
        var unstuffer = new DotUnstuffer();
        var text = new List<byte>();
        Span<byte> destination = stackalloc byte[MaxRoom];
        var at = 0;
        while (at < wire.Length && !unstuffer.Ended)
        {
            var piece = wire.Slice(at, pieces.Next(wire.Length - at));
            while (!piece.IsEmpty && !unstuffer.Ended)
            {
                var into = destination[..room.Next(MaxRoom)];
                unstuffer.Decode(piece, into, out var consumed, out var written);
                Oracle.Holds(consumed > 0 || written > 0, "nothing moves");
                text.AddRange(into[..written]);
                piece = piece[consumed..];
                at += consumed;
            }
        }
        Oracle.Equal(end is not null, unstuffer.Ended, "the answer has ended");
        if (end is not null) Oracle.Equal(end.Value, at, "where the answer ends");
        Oracle.Same(CollectionsMarshal.AsSpan(expected), CollectionsMarshal.AsSpan(text), "unstuffed");
    }

    const int MaxRoom = 128;

    /// <summary>The same through a connection: what is not a whole message is never taken for one.</summary>
    static void Streams(ReadOnlySpan<byte> wire, byte chunks, byte rooms)
    {
        var (expected, end) = NaiveReader.Read(wire);
        byte[] script = [.. "+OK\r\n"u8, .. wire];
        var stream = ScriptedStream.Answering(script, chunks);
        var options = new Pop3Options { MaxMessageOctets = MaxOctets, Clock = stream.Clock };
        var connection = new Connection(stream, new("pop.example.com", 110, TlsMode.None), options, options.Clock.GetTimestamp());
        var session = new MaildropSession(connection, Capabilities.Unknown, options);
        var text = new List<byte>();
        Exception? failure = null;
        try
        {
            stream.Run(ReadAsync(session, text, new Chunks(rooms)));
        }
        catch (Exception e) when (e is Pop3ProtocolException)
        {
            failure = e;
        }

        var isWhole = end is not null && expected.Count <= MaxOctets;
        Oracle.Equal(isWhole, failure is null, $"a whole message ({failure?.Message})");
        if (isWhole)
        {
            Oracle.Same(CollectionsMarshal.AsSpan(expected), CollectionsMarshal.AsSpan(text), "read");
            // Octets behind the end were not asked for: the session must not go on as if they were an answer.
            var rest = script.Length - 5 - end!.Value;
            if (rest > 0) Oracle.Holds(Refuses(stream, session), "a session goes on although the server said more than was asked");
        }
        else
        {
            Oracle.Holds(session.IsBroken, "a session survives half a message");
            Oracle.Holds(expected.Count > MaxOctets || failure is Pop3ProtocolException { ConnectionLost: true },
                "a lost connection is not said to be one");
            Oracle.Holds(CollectionsMarshal.AsSpan(expected).StartsWith(CollectionsMarshal.AsSpan(text)),
                "half a message has other octets");
        }
        Wait(session.DisposeAsync().AsTask());
        Oracle.Holds(stream.Sent.IndexOf("QUIT"u8) < 0, "QUIT was sent");
    }

    static async Task<int> ReadAsync(MaildropSession session, List<byte> text, Chunks rooms)
    {
        var room = new byte[MaxRoom];
        await foreach (var message in session.RetrieveAsync([new ScanListing(1, 0)], default, default))
        {
            while (await message.Content.ReadAsync(room.AsMemory(0, rooms.Next(MaxRoom))) is var read && read > 0)
                text.AddRange(room.AsSpan(0, read));
        }
        return text.Count;
    }

    static bool Refuses(ScriptedStream stream, MaildropSession session)
    {
        try
        {
            stream.Run(session.QuitAsync(default));
            return false;
        }
        catch (Pop3ProtocolException)
        {
            return true;
        }
    }

    /// <summary>Our server: stored octets become lines, lines are stuffed, and reading them gives the lines again.</summary>
    static void Stuffs(ReadOnlySpan<byte> stored, byte chunks, byte rooms)
    {
        var expected = NaiveReader.Lines(stored);
        var lines = new List<byte>();
        var room = new Chunks(rooms);
        Span<byte> destination = stackalloc byte[MaxRoom];
        using (var reader = new MessageLines(new PieceStream(stored.ToArray(), chunks)))
        {
            while (reader.Read(destination[..room.Next(MaxRoom)]) is var read && read > 0) lines.AddRange(destination[..read]);
        }
        Oracle.Same(CollectionsMarshal.AsSpan(expected), CollectionsMarshal.AsSpan(lines), "lines");

        var wire = new PieceStream([], 0);
        var answer = new AnswerWriter(wire.WriteAsync);
        var stuffing = new DotStuffing(stuffsFirstOctet: true);
        var pieces = new Chunks(chunks);
        for (var rest = CollectionsMarshal.AsSpan(lines); !rest.IsEmpty;)
        {
            var piece = rest[..pieces.Next(rest.Length)];
            stuffing.Write(piece, answer);
            rest = rest[piece.Length..];
        }
        answer.Octets(".\r\n"u8);
        Wait(answer.FlushAsync(default).AsTask());
        var (text, end) = NaiveReader.Read(wire.Written);
        Oracle.Equal(wire.Written.Length, end ?? -1, "where a stuffed message ends");
        Oracle.Same(CollectionsMarshal.AsSpan(lines), CollectionsMarshal.AsSpan(text), "stuffed and unstuffed");
    }

    static void Tops(ReadOnlySpan<byte> stored, byte chunks, int bodyLines)
    {
        var lines = CollectionsMarshal.AsSpan(NaiveReader.Lines(stored));
        var (top, pieces, taken) = (new TopLimit(bodyLines), new Chunks(chunks), 0);
        while (taken < lines.Length && !top.IsReached)
            taken += top.Take(lines.Slice(taken, pieces.Next(lines.Length - taken)));
        Oracle.Equal(NaiveReader.TopOctets(lines, bodyLines), taken, $"TOP {bodyLines}");
    }

    static void Wait(Task task)
    {
        if (!task.IsCompleted) throw new OracleException("waits although everything is here");
        task.GetAwaiter().GetResult();
    }
}
