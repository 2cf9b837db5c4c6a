using System.Collections;
using System.Text;

namespace MailIngest.Pop3;

/// <summary>Joins LIST with the lines of UIDL while these arrive. Of a message that is known nothing is kept but a bit.</summary>
sealed class ListingJoin(ScanTable scans, KnownMessage? known)
{
    readonly BitArray _named = new(scans.Count);
    readonly List<ListedMessage> _messages = new(known is null ? scans.Count : 0);
    bool _ascends = true;
    int _taken;
    int _knownCount;
    int _last = -1;

    /// <summary>The first line that cannot belong to the LIST, in words.</summary>
    public string? Flaw { get; private set; }

    /// <summary>One line of UIDL; false when it is none.</summary>
    public bool TryAdd(ReadOnlySpan<byte> line)
    {
        if (!UniqueIdListing.TryParse(line, out var number, out var uniqueId)) return false;
        var at = scans.Find(number, _last + 1);
        if (at < 0) Flaw ??= $"UIDL names message {number}, which LIST does not have";
        else if (_named[at]) Flaw ??= $"UIDL has message {number} twice";
        else Take(at, uniqueId);
        return true;
    }

    /// <summary>All messages that are not known, by ascending number; those that UIDL has not named have no unique-id.</summary>
    public MaildropListing Finish(DropListing drop, bool hasUniqueIds)
    {
        for (var at = 0; _taken < scans.Count; at++)
            if (!_named[at]) Take(at, default);
        if (!_ascends) _messages.Sort((a, b) => a.Number.CompareTo(b.Number));
        return new MaildropListing(drop, _messages, hasUniqueIds, _knownCount);
    }

    void Take(int at, ReadOnlySpan<byte> uniqueId)
    {
        _named[at] = true;
        _taken++;
        _ascends &= _last < at;
        _last = at;
        var scan = scans[at];
        if (!uniqueId.IsEmpty && known?.Invoke(scan, uniqueId) == true) _knownCount++;
        else _messages.Add(new ListedMessage(scan.Number, scan.Octets, uniqueId.IsEmpty ? null : Encoding.Latin1.GetString(uniqueId)));
    }
}
