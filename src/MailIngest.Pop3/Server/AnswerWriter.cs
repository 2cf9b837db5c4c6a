using System.Text;

namespace MailIngest.Pop3.Server;

/// <summary>Writes answers into one buffer, flushed when it is full or the session waits for the client. The seam where wire faults
/// strike.</summary>
sealed class AnswerWriter(Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> write)
{
    const int FlushAt = 64 * 1024;

    byte[] _buffer = new byte[FlushAt + 4096];
    int _length;
    long _octetsOfAnswer;
    Fault _fault = Fault.None;

    /// <summary>The client is not there any more. Nothing is sent, but what it sent before is still executed (RFC 1939 §6: a QUIT is a
    /// QUIT).</summary>
    public bool ClientIsGone { get; private set; }

    /// <summary>Begins the answer to a command, with what shall go wrong with it.</summary>
    /// <exception cref="ConnectionFault">The connection is to end before the command.</exception>
    public async ValueTask BeginAsync(Fault next, CancellationToken stop)
    {
        if (next.Dribble > 0)
            await FlushAsync(stop);
        (_fault, _octetsOfAnswer) = (next, 0);
        if (next is { End: { } end, EndAt: Fault.BeforeTheCommand })
            throw new ConnectionFault(end);
        Latin1(next.Before);
    }

    /// <summary>One line, Latin-1; its CRLF is added.</summary>
    public void Line(string text)
    {
        Latin1(text);
        if (_fault.Extra.Length > 0 && text != ".")
            Latin1(_fault.Extra);
        Octets("\r\n"u8);
    }

    /// <summary>Octets as they are.</summary>
    /// <exception cref="ConnectionFault">This is the octet at which the connection is to end.</exception>
    public void Octets(ReadOnlySpan<byte> octets)
    {
        if (_fault.End is { } end && _octetsOfAnswer + octets.Length > _fault.EndAt)
        {
            Append(octets[..(int)(_fault.EndAt - _octetsOfAnswer)]);
            throw new ConnectionFault(end);
        }
        Append(octets);
        _octetsOfAnswer += octets.Length;
    }

    /// <summary>The answer is complete.</summary>
    /// <exception cref="ConnectionFault">The connection is to end here.</exception>
    public async ValueTask EndAsync(CancellationToken stop)
    {
        Latin1(_fault.After);
        if (_fault.End is { } end)
            throw new ConnectionFault(end);
        if (_fault.Dribble > 0)
            await FlushAsync(stop);
        _fault = Fault.None;
    }

    /// <summary>Makes room while a long answer is being written.</summary>
    public ValueTask FlushWhenFullAsync(CancellationToken stop) => _length >= FlushAt ? FlushAsync(stop) : ValueTask.CompletedTask;

    /// <summary>Sends what is buffered.</summary>
    public async ValueTask FlushAsync(CancellationToken stop)
    {
        try
        {
            var step = _fault.Dribble > 0 ? _fault.Dribble : _length;
            for (var sent = 0; sent < _length && !ClientIsGone; sent += step)
                await write(_buffer.AsMemory(sent, Math.Min(step, _length - sent)), stop);
        }
        catch (Exception e) when (ClientConnection.IsGone(e))
        {
            ClientIsGone = true;
        }
        _length = 0;
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
        if (_buffer.Length - _length < octets.Length)
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + octets.Length));
        octets.CopyTo(_buffer.AsSpan(_length));
        _length += octets.Length;
    }
}
