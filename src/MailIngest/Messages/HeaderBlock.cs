namespace MailIngest.Messages;

/// <summary>Reads a header block (RFC 5322 §2.2) as it passes and fingerprints the fields that no server changes.</summary>
/// <remarks>
/// Octets are hashed as they are, line ends included; the blank line and what follows it do not count, so <c>TOP n 0</c> and RETR of one
/// message agree. A line ends with LF; a bare CR is content. Any octet that is not part of a volatile field counts, also lines without a colon.
/// </remarks>
sealed class HeaderBlock : IDisposable
{
    /// <summary>So many counted octets make the fingerprint: a fixed cut, volatile fields do not move it.</summary>
    internal const int CountedOctets = 256 * 1024;

    /// <summary>So many octets are looked at, volatile ones included: a name must be known by the time the first MiB has passed.</summary>
    internal const int SeenOctets = 1024 * 1024;

    const int MaxName = 64;

    enum Line { Start, Name, Counted, Volatile }

    readonly Sha256State _hash = new();
    readonly byte[] _name = new byte[MaxName];
    readonly TraceDate _received = new(afterSemicolon: true);
    readonly TraceDate _date = new(afterSemicolon: false);
    TraceDate? _open;
    Line _line = Line.Start;
    Line _field = Line.Counted;
    int _nameLength;
    int _counted;
    int _seen;
    HeaderFacts? _facts;

    /// <summary>Whether a field or the blank line was seen.</summary>
    internal bool WasSeen { get; private set; }

    /// <summary>Whether the blank line was seen: what follows is the body.</summary>
    internal bool HasEnded { get; private set; }

    /// <summary>Octets of volatile fields, without their names.</summary>
    internal int VolatileOctets { get; private set; }

    /// <summary>Whether nothing can change the facts any more.</summary>
    internal bool IsComplete => _facts is not null;

    /// <summary>The facts.</summary>
    internal HeaderFacts Facts => _facts ?? throw new InvalidOperationException("The header block has not ended yet.");

    /// <summary>Takes the next octets; ignores those after the header block.</summary>
    /// <returns>How many of them belong to the header block.</returns>
    internal int Append(ReadOnlySpan<byte> octets)
    {
        octets = octets[..Math.Min(octets.Length, SeenOctets - _seen)];
        _seen += octets.Length;
        var taken = 0;
        while (taken < octets.Length && !IsComplete)
            taken += Take(octets[taken..]);
        if (_seen == SeenOctets)
            Complete();
        return taken;
    }

    /// <summary>Ends the header block, at its blank line, at its limit or where the message ends.</summary>
    internal void Complete()
    {
        if (IsComplete)
            return;

        if (_line == Line.Name)
            Count(Held);
        _facts ??= new HeaderFacts(_hash.Finish(), _received.Day ?? _date.Day);
    }

    public void Dispose() => _hash.Dispose();

    ReadOnlySpan<byte> Held => _name.AsSpan(0, _nameLength);

    /// <summary>Takes some octets, at least one, and says how many.</summary>
    int Take(ReadOnlySpan<byte> octets)
    {
        switch (_line)
        {
            case Line.Start when octets[0] is (byte)' ' or (byte)'\t':
                _line = _field; // a folded line belongs to the field before it (RFC 5322 §2.2.3)
                return 0;
            case Line.Start:
                (_line, _field, _nameLength, _open) = (Line.Name, Line.Counted, 0, null);
                return 0;
            case Line.Name:
                HoldName(octets[0]);
                return 1;
            default:
                return TakeRestOfLine(octets);
        }
    }

    /// <summary>Holds a line back until it is known whether it counts: a colon, a line end, or too long for a name we look for.</summary>
    void HoldName(byte octet)
    {
        _name[_nameLength++] = octet;
        if (octet == '\n' && Held is [(byte)'\n'] or [(byte)'\r', (byte)'\n'])
        {
            WasSeen = HasEnded = true;
            _nameLength = 0;
            Complete();
        }
        else if (octet == ':')
            BeginField(Held[..^1].TrimEnd(" \t"u8));
        else if (octet == '\n' || _nameLength == MaxName)
        {
            Count(Held);
            _line = octet == '\n' ? Line.Start : Line.Counted;
        }
    }

    void BeginField(ReadOnlySpan<byte> name)
    {
        WasSeen |= !name.IsEmpty;
        _line = _field = VolatileFields.Contains(name) ? Line.Volatile : Line.Counted;
        if (_field == Line.Volatile)
            return;

        Count(Held);
        var date = VolatileFields.Is(name, "received"u8) ? _received : VolatileFields.Is(name, "date"u8) ? _date : null;
        _open = date is { IsTaken: false } ? date : null;
        if (_open is not null)
            _open.IsTaken = true;
    }

    int TakeRestOfLine(ReadOnlySpan<byte> octets)
    {
        var end = octets.IndexOf((byte)'\n');
        var line = end < 0 ? octets : octets[..(end + 1)];
        if (_line == Line.Counted)
        {
            _open?.Append(line[..Math.Min(line.Length, CountedOctets - _counted)]);
            Count(line);
        }
        else
            VolatileOctets += line.Length;

        if (end >= 0)
            _line = Line.Start;
        return line.Length;
    }

    void Count(ReadOnlySpan<byte> octets)
    {
        octets = octets[..Math.Min(octets.Length, CountedOctets - _counted)];
        _hash.Append(octets);
        _counted += octets.Length;
        if (_counted == CountedOctets)
            _facts ??= new HeaderFacts(_hash.Finish(), _received.Day ?? _date.Day);
    }
}
