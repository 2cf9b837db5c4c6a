using System.Runtime.InteropServices;

namespace MailIngest.Pop3;

/// <summary>
/// The answer to LIST in four octets a message, by ascending number: the numbers are kept only where they are not 1, 2, 3, and so on,
/// and what does not fit four octets is kept apart.
/// </summary>
/// <param name="expected">How many messages there will be, as far as is known.</param>
sealed class ScanTable(int expected)
{
    readonly List<int> _octets = new(expected);
    Dictionary<int, long>? _large;
    List<int>? _numbers;
    bool _ascends = true;

    public int Count => _octets.Count;

    /// <summary>The message at a place, counted from 0.</summary>
    public ScanListing this[int at] => new(NumberAt(at), _octets[at] >= 0 ? _octets[at] : _large![~_octets[at]]);

    /// <summary>One line of LIST; false when it is none.</summary>
    public bool TryAdd(ReadOnlySpan<byte> line)
    {
        if (!ScanListing.TryParse(line, out var scan)) return false;
        if (_numbers is null && scan.Number != Count + 1) _numbers = [.. Enumerable.Range(1, Count)];
        if (_numbers is not null)
        {
            _ascends &= Count == 0 || _numbers[^1] < scan.Number;
            _numbers.Add(scan.Number);
        }
        _octets.Add(scan.Octets <= int.MaxValue ? (int)scan.Octets : Apart(scan.Octets));
        return true;
    }

    /// <summary>The last line was added: puts them in order. The number that comes twice, or null.</summary>
    public int? Close()
    {
        if (_ascends) return null;
        var numbers = CollectionsMarshal.AsSpan(_numbers);
        numbers.Sort(CollectionsMarshal.AsSpan(_octets));
        for (var at = 1; at < numbers.Length; at++)
            if (numbers[at - 1] == numbers[at]) return numbers[at];
        return null;
    }

    /// <summary>Where a message is; negative when it is not listed.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="guess">Where it is when UIDL has the order of LIST.</param>
    public int Find(int number, int guess)
    {
        if (_numbers is null) return number <= Count ? number - 1 : -1;
        return guess < Count && _numbers[guess] == number ? guess : _numbers.BinarySearch(number);
    }

    int NumberAt(int at) => _numbers is null ? at + 1 : _numbers[at];

    int Apart(long octets)
    {
        _large ??= [];
        _large.Add(_large.Count, octets);
        return ~(_large.Count - 1);
    }
}
