using System.Text;

namespace MailIngest.Pop3.Server;

/// <summary>Writes answers into one buffer, flushed when it is full or the session waits for the client. The seam where wire faults
/// strike.</summary>
sealed class AnswerWriter(Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> write)
{
    const int FlushAt = 64 * 1024;

    byte[] buffer = new byte[FlushAt + 4096];
    int length;
    long octetsOfAnswer;
    Fault fault = Fault.None;

    /// <summary>The client is not there any more. Nothing is sent, but what it sent before is still executed (RFC 1939 §6: a QUIT is a
    /// QUIT).</summary>
    public bool ClientIsGone { get; private set; }

    /// <summary>Begins the answer to a command, with what shall go wrong with it.</summary>
    /// <exception cref="ConnectionFault">The connection is to end before the command.</exception>
    public async ValueTask BeginAsync(Fault next, CancellationToken stop)
    {
        if (next.Dribble > 0)
            await FlushAsync(stop);
        (fault, octetsOfAnswer) = (next, 0);
        if (next is { End: { } end, EndAt: Fault.BeforeTheCommand })
            throw new ConnectionFault(end);
        Latin1(next.Before);
    }

    /// <summary>One line, Latin-1; its CRLF is added.</summary>
    public void Line(string text)
    {
        Latin1(text);
        if (fault.Extra.Length > 0 && text != ".")
            Latin1(fault.Extra);
        Octets("\r\n"u8);
    }

    /// <summary>Octets as they are.</summary>
    /// <exception cref="ConnectionFault">This is the octet at which the connection is to end.</exception>
    public void Octets(ReadOnlySpan<byte> octets)
    {
        if (fault.End is { } end && octetsOfAnswer + octets.Length > fault.EndAt)
        {
            Append(octets[..(int)(fault.EndAt - octetsOfAnswer)]);
            throw new ConnectionFault(end);
        }
        Append(octets);
        octetsOfAnswer += octets.Length;
    }

    /// <summary>The answer is complete.</summary>
    /// <exception cref="ConnectionFault">The connection is to end here.</exception>
    public async ValueTask EndAsync(CancellationToken stop)
    {
        Latin1(fault.After);
        if (fault.End is { } end)
            throw new ConnectionFault(end);
        if (fault.Dribble > 0)
            await FlushAsync(stop);
        fault = Fault.None;
    }

    /// <summary>Makes room while a long answer is being written.</summary>
    public ValueTask FlushWhenFullAsync(CancellationToken stop) => length >= FlushAt ? FlushAsync(stop) : ValueTask.CompletedTask;

    /// <summary>Sends what is buffered.</summary>
    public async ValueTask FlushAsync(CancellationToken stop)
    {
        try
        {
            var step = fault.Dribble > 0 ? fault.Dribble : length;
            for (var sent = 0; sent < length && !ClientIsGone; sent += step)
                await write(buffer.AsMemory(sent, Math.Min(step, length - sent)), stop);
        }
        catch (Exception e) when (ClientConnection.IsGone(e))
        {
            ClientIsGone = true;
        }
        length = 0;
    }

    void Latin1(string text)
    {
        if (text.Length == 0)
            return;
        Span<byte> octets = text.Length <= 1024 ? stackalloc byte[text.Length] : new byte[text.Length];
        Encoding.Latin1.GetBytes(text, octets);
        Octets(octets);
    }

    void Append(ReadOnlySpan<byte> octets)
    {
        if (buffer.Length - length < octets.Length)
            Array.Resize(ref buffer, Math.Max(buffer.Length * 2, length + octets.Length));
        octets.CopyTo(buffer.AsSpan(length));
        length += octets.Length;
    }
}
