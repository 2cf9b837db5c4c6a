using MailIngest.Ledger;
using MailIngest.Pop3;

namespace MailIngest.Polling;

/// <summary>
/// What should be on the server, as the ledger knows it before the listing comes: the messages that are settled, and the names of all others.
/// Pure.
/// </summary>
/// <param name="failed">Unique-ids that failed earlier in this poll: they are not settled.</param>
public sealed class PresentMessages(IReadOnlySet<string> failed)
{
    readonly List<string> _others = [];
    PresentRow? _last;

    /// <summary>Listed as they are known, they need nothing.</summary>
    public SettledMessages Settled { get; } = new();

    /// <summary>Takes one row; those of a unique-id follow each other.</summary>
    public void Take(PresentRow row)
    {
        // A unique-id with several rows is not settled: which of them the message is, is for the plan to say.
        if (_last is { } last && last.UniqueId == row.UniqueId)
            row = row with { IsSettled = false };
        else
            Judge();
        _last = row;
    }

    /// <summary>There are no more rows.</summary>
    public void End() => Judge();

    /// <summary>The unique-ids of which a plan needs the rows: those that are listed and not known, and those that are missing.</summary>
    /// <param name="listing">A complete listing, for which the settled ones have answered what is known.</param>
    public IReadOnlyCollection<string> Touched(MaildropListing listing)
    {
        // One that is known may have been gone and deleted again before: it is among the others too.
        var names = _others.Where(name => !Settled.WasKnown(name)).ToHashSet(StringComparer.Ordinal);
        var ambiguous = PollPlan.Ambiguous(listing);
        foreach (var listed in listing.Messages)
        {
            if (listed.UniqueId is { } uniqueId)
                names.Add(uniqueId);
            if (listed.UniqueId is null || ambiguous.Contains(listed.UniqueId))
                names.Add(ContentId.OfSize(listed.Octets)); // its failures are counted there
        }
        if (PollPlan.AllNamed(listing))
            names.UnionWith(Settled.NotListed());
        return names;
    }

    /// <summary>All rows of the last unique-id are known: it is settled, or one of the others.</summary>
    void Judge()
    {
        if (_last is { } last
            && !(last.IsSettled && !failed.Contains(last.UniqueId) && Settled.TryAdd(last.UniqueId, last.ListedOctets)))
            _others.Add(last.UniqueId);
        _last = null;
    }
}
