namespace MailIngest.Pop3;

/// <summary>
/// Undoes the byte-stuffing of a multi-line answer and finds its end, octet-exact for any split (RFC 1939 §3). A line ends in CRLF and in
/// nothing else; a line that is one "." ends the answer; of a line that begins with "." the first octet is dropped.
/// </summary>
struct DotUnstuffer
{
    enum State : byte
    {
        LineStart,   // after CRLF, or before the first octet: the status line's CRLF counts
        Dot,         // "." at the start of a line, not passed on
        DotCr,       // "." CR at the start of a line, neither passed on
        Text,
        Cr,          // after a CR that was passed on
        End,
    }

    State _state;

    /// <summary>CRLF "." CRLF was seen; nothing after it was consumed.</summary>
    public readonly bool Ended => _state == State.End;

    /// <summary>Moves octets until the source is used up, the destination is full, or the answer has ended.</summary>
    public void Decode(ReadOnlySpan<byte> source, Span<byte> destination, out int consumed, out int written)
    {
        consumed = written = 0;
        while (_state != State.End && consumed < source.Length)
        {
            var next = source[consumed];
            switch (_state)
            {
                case State.LineStart when next == '.':
                    _state = State.Dot;
                    consumed++;
                    continue;

                case State.Dot when next == '\r':
                    _state = State.DotCr;
                    consumed++;
                    continue;

                case State.DotCr when next == '\n':
                    _state = State.End;
                    consumed++;
                    continue;

                case State.DotCr when written < destination.Length:
                    destination[written++] = (byte)'\r';   // the CR of ".CR" turned out to be data
                    _state = State.Cr;
                    continue;

                default:
                    if (written == destination.Length) return;
                    var moved = MoveText(source[consumed..], destination[written..]);
                    consumed += moved;
                    written += moved;
                    continue;
            }
        }
    }

    /// <summary>
    /// Moves octets up to and including the first LF that a "." follows, all at once: only there a line can begin that matters.
    /// </summary>
    int MoveText(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        var text = source[..Math.Min(source.Length, destination.Length)];
        var lf = text.IndexOf("\n."u8);
        if (lf >= 0) text = text[..(lf + 1)];
        text.CopyTo(destination);

        var afterCr = text.Length > 1 ? text[^2] == '\r' : _state == State.Cr;
        _state = text[^1] switch
        {
            (byte)'\n' when afterCr => State.LineStart,
            (byte)'\r' => State.Cr,
            _ => State.Text,
        };
        return text.Length;
    }
}
