using System.Globalization;

namespace MailIngest.Fuzz.Driver;

/// <summary>Makes a new input out of an old one: a few small changes, one upon the other.</summary>
sealed class Mutator(ulong seed, int maxInput, IReadOnlyList<byte[]> dictionary)
{
    static readonly string[] Numbers =
    [
        "0", "1", "-1", "00", "9", "10", "99", "127", "128", "255", "256", "511", "512", "999", "1000", "1024", "65535", "65536",
        "2147483647", "2147483648", "4294967295", "4294967296", "9223372036854775807", "9223372036854775808", "18446744073709551616",
    ];
    static readonly byte[] Telling = "\r\n. \t\0\x01\x7F\xFE\xFF\"\\{}[]:,%/*;-+()<>@"u8.ToArray();

    readonly byte[] _octets = new byte[maxInput];
    Chance _chance = new(seed);
    int _length;

    public Chance Chance => _chance;

    /// <summary>Valid until the next call.</summary>
    public ReadOnlySpan<byte> Mutate(ReadOnlySpan<byte> input, ReadOnlySpan<byte> other)
    {
        _length = Math.Min(input.Length, maxInput);
        input[.._length].CopyTo(_octets);
        for (var changes = 1 << _chance.Below(5); changes > 0; changes--) Change(other);
        return _octets.AsSpan(0, _length);
    }

    /// <summary>A number below the limit, from the same randomness.</summary>
    public int Below(int limit) => _chance.Below(limit);

    void Change(ReadOnlySpan<byte> other)
    {
        var at = _chance.Below(_length + 1);
        var run = Math.Min(_length - at, 1 + _chance.Below(_chance.OneIn(4) ? Math.Max(1, _length) : 8));
        switch (_chance.Below(14))
        {
            case 0 when run > 0: _octets[at] ^= (byte)(1 << _chance.Below(8)); break;
            case 1 when run > 0: _octets[at] = (byte)_chance.Next(); break;
            case 2 when run > 0: _octets[at] = Telling[_chance.Below(Telling.Length)]; break;
            case 3 when run > 0: _octets[at] = (byte)(_octets[at] + _chance.Below(9) - 4); break;
            case 4: Insert(at, [(byte)_chance.Next()]); break;
            case 5: Insert(at, [Telling[_chance.Below(Telling.Length)]]); break;
            case 6: Remove(at, run); break;
            case 7: Insert(at, _octets.AsSpan(at, run).ToArray()); break;                                // once more
            case 8: Insert(_chance.Below(_length + 1), _octets.AsSpan(at, run).ToArray()); break;        // elsewhere
            case 9 when dictionary.Count > 0: Insert(at, Word()); break;
            case 10 when dictionary.Count > 0: Overwrite(at, Word()); break;
            case 11: ChangeNumber(at); break;
            case 12 when other.Length > 0: Splice(at, other); break;
            case 13 when _chance.OneIn(4): _length = at; break;
            default: Insert(at, Word()); break;
        }
    }

    byte[] Word() => dictionary.Count == 0 ? [(byte)_chance.Next()] : dictionary[_chance.Below(dictionary.Count)];

    void Insert(int at, ReadOnlySpan<byte> what)
    {
        if (what.Length > maxInput - _length) what = what[..(maxInput - _length)];
        _octets.AsSpan(at, _length - at).CopyTo(_octets.AsSpan(at + what.Length));
        what.CopyTo(_octets.AsSpan(at));
        _length += what.Length;
    }

    void Remove(int at, int run)
    {
        _octets.AsSpan(at + run, _length - at - run).CopyTo(_octets.AsSpan(at));
        _length -= run;
    }

    void Overwrite(int at, ReadOnlySpan<byte> what)
    {
        what = what[..Math.Min(what.Length, maxInput - at)];
        what.CopyTo(_octets.AsSpan(at));
        _length = Math.Max(_length, at + what.Length);
    }

    /// <summary>The end of another input, or a piece out of its middle.</summary>
    void Splice(int at, ReadOnlySpan<byte> other)
    {
        var from = _chance.Below(other.Length);
        if (_chance.OneIn(2)) _length = at;
        Insert(at, other.Slice(from, 1 + _chance.Below(other.Length - from)));
    }

    /// <summary>The first number behind a place becomes another one.</summary>
    void ChangeNumber(int at)
    {
        var found = _octets.AsSpan(at, _length - at).IndexOfAnyInRange((byte)'0', (byte)'9');
        if (found < 0) return;
        at += found;
        var end = _octets.AsSpan(at, _length - at).IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        var digits = _octets.AsSpan(at, end < 0 ? _length - at : end);
        var number = long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && _chance.OneIn(2)
            ? unchecked(value + _chance.Below(9) - 4).ToString(CultureInfo.InvariantCulture)
            : Numbers[_chance.Below(Numbers.Length)];
        Remove(at, digits.Length);
        Insert(at, System.Text.Encoding.ASCII.GetBytes(number));
    }
}
