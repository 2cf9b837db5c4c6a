using System.Globalization;
using System.Text;
using MailIngest.Pop3;

namespace MailIngest.Polling;

/// <summary>
/// The messages of a mailbox that need nothing when they are listed as the ledger knows them. There may be a million of them, and most polls
/// list nothing else: each is a few octets of one array, and no object. A listing in the same order, as most servers give it, is
/// compared by walking along; any other by halving.
/// </summary>
public sealed class SettledMessages
{
    /// <summary>So much is taken at a time: to grow one array is to copy it, and needs twice its memory meanwhile.</summary>
    const int ChunkOctets = 256 * 1024;

    /// <summary>So many follow each other without a mark to look them up by.</summary>
    const int BlockLength = 16;

    /// <summary>A longer unique-id is far beyond what RFC 1939 §7 allows (70 octets). It has no place here, where its length is one octet.
    /// </summary>
    const int LongestUniqueId = 250;

    /// <summary>Length, unique-id, octets, and the zero after the last one of a chunk.</summary>
    const int LongestEntry = 1 + LongestUniqueId + MostVarint + 1;

    /// <summary>64 bits, seven in each octet.</summary>
    const int MostVarint = 10;

    readonly List<byte[]> _chunks = [];
    readonly List<int> _blocks = [];
    readonly List<ulong> _listed = [];
    readonly HashSet<int> _differ = [];
    string _last = "";
    int _end = ChunkOctets;

    // What follows the message that was found last: where the next search begins.
    int _nextNumber;
    int _nextPlace;

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>A unique-id that is here stands twice in the listing: what was answered about it is not to be believed.</summary>
    public bool IsListedTwice { get; private set; }

    /// <summary>Takes one more message, by ascending unique-id.</summary>
    /// <returns>False when it has no place here: it is out of order, or its unique-id is none that a server should give.</returns>
    public bool TryAdd(string uniqueId, long listedOctets)
    {
        if (uniqueId.Length > LongestUniqueId || uniqueId.AsSpan().ContainsAnyExceptInRange('!', '~')
            || string.CompareOrdinal(_last, uniqueId) >= 0)
            return false;
        if (_end + LongestEntry > ChunkOctets)
        {
            _chunks.Add(new byte[ChunkOctets]);
            _end = 0;
        }
        if (Count % BlockLength == 0)
            _blocks.Add(((_chunks.Count - 1) * ChunkOctets) + _end);
        if (Count % 64 == 0)
            _listed.Add(0);
        var chunk = _chunks[^1];
        chunk[_end++] = (byte)uniqueId.Length;
        _end += Encoding.Latin1.GetBytes(uniqueId, chunk.AsSpan(_end));
        for (var rest = (ulong)listedOctets; ; rest >>= 7)
        {
            chunk[_end++] = (byte)(rest < 128 ? rest : rest | 128);
            if (rest < 128)
                break;
        }
        _last = uniqueId;
        Count++;
        return true;
    }

    /// <summary>
    /// A <see cref="KnownMessage"/>: whether the message is here with these octets. One whose unique-id is nothing but its number is not
    /// believed: on such a server all of them are, and shift with each deletion.
    /// </summary>
    public bool Knows(ScanListing scan, ReadOnlySpan<byte> uniqueId)
    {
        var found = Find(uniqueId, out var octets);
        if (found < 0)
            return false;
        IsListedTwice |= IsListed(found);
        _listed[found / 64] |= 1UL << found;
        if (octets == scan.Octets && !IsNumber(scan.Number, uniqueId))
            return true;
        _differ.Add(found);
        return false;
    }

    /// <summary>Whether the listing held this message, and it was known.</summary>
    public bool WasKnown(string uniqueId) =>
        Find(Encoding.Latin1.GetBytes(uniqueId), out _) is >= 0 and var found && IsListed(found) && !_differ.Contains(found);

    /// <summary>The unique-ids that the listing did not hold.</summary>
    public IEnumerable<string> NotListed()
    {
        var place = 0;
        for (var number = 0; number < Count; number++)
        {
            var uniqueId = Entry(ref place, out _);
            if (!IsListed(number))
                yield return Encoding.Latin1.GetString(uniqueId.Span);
        }
    }

    bool IsListed(int number) => (_listed[number / 64] >> number & 1) != 0;

    static bool IsNumber(int number, ReadOnlySpan<byte> uniqueId)
    {
        Span<byte> digits = stackalloc byte[11];
        return number.TryFormat(digits, out var length, default, CultureInfo.InvariantCulture) && uniqueId.SequenceEqual(digits[..length]);
    }

    /// <summary>Where it is, or -1. It is looked for behind the one that was found last first.</summary>
    int Find(ReadOnlySpan<byte> uniqueId, out long octets)
    {
        if (Walk(uniqueId, out octets) is { } near)
            return near;
        (_nextNumber, _nextPlace) = Block(uniqueId);
        return Walk(uniqueId, out octets) ?? -1;
    }

    /// <returns>-1: it is not here; null: it is not near.</returns>
    int? Walk(ReadOnlySpan<byte> uniqueId, out long octets)
    {
        octets = 0;
        var place = _nextPlace;
        for (var number = _nextNumber; number < Count && number <= _nextNumber + BlockLength; number++)
        {
            var order = uniqueId.SequenceCompareTo(Entry(ref place, out octets).Span);
            if (order < 0)
                return number > _nextNumber ? -1 : null;
            if (order > 0)
                continue;
            (_nextNumber, _nextPlace) = (number + 1, place);
            return number;
        }
        return null;
    }

    /// <summary>The last block that does not begin behind it.</summary>
    (int Number, int Place) Block(ReadOnlySpan<byte> uniqueId)
    {
        var (low, high) = (0, _blocks.Count);
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            var place = _blocks[middle];
            if (uniqueId.SequenceCompareTo(Entry(ref place, out _).Span) < 0)
                high = middle;
            else
                low = middle;
        }
        return (low * BlockLength, _blocks.Count == 0 ? 0 : _blocks[low]);
    }

    /// <summary>The unique-id at this place, which becomes that of the next one.</summary>
    ReadOnlyMemory<byte> Entry(ref int place, out long octets)
    {
        if (_chunks[place / ChunkOctets][place % ChunkOctets] == 0)
            place = ((place / ChunkOctets) + 1) * ChunkOctets;
        var chunk = _chunks[place / ChunkOctets];
        var at = place % ChunkOctets;
        var uniqueId = chunk.AsMemory(at + 1, chunk[at]);
        at += 1 + uniqueId.Length;
        octets = 0;
        for (var shift = 0; ; shift += 7)
        {
            var part = chunk[at++];
            octets |= (long)(part & 127) << shift;
            if (part < 128)
                break;
        }
        place = (place / ChunkOctets * ChunkOctets) + at;
        return uniqueId;
    }
}
