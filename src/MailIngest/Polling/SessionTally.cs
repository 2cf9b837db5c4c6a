using System.Runtime.InteropServices;
using MailIngest.Pop3;

namespace MailIngest.Polling;

/// <summary>Counts how each listed message of one session ended, so that the report can be reconciled with the listing. Messages end on many threads.</summary>
public sealed class SessionTally(MaildropListing listing)
{
    readonly Lock _gate = new();
    readonly Dictionary<int, Outcome> _outcomes = new(listing.Messages.Count);

    /// <summary>What this session listed.</summary>
    public IReadOnlyList<ListedMessage> Listed => listing.Messages;

    /// <summary>Messages that were settled twice with different outcomes: a bug of ours.</summary>
    public int Contradictions { get; private set; }

    /// <summary>Octets stored by this session.</summary>
    public long Octets { get; private set; }

    /// <summary>Records how a message ended.</summary>
    public void Settle(int number, Outcome outcome)
    {
        lock (_gate)
        {
            ref var settled = ref CollectionsMarshal.GetValueRefOrAddDefault(_outcomes, number, out var before);
            if (before && settled != outcome)
                Contradictions++;
            settled = outcome;
        }
    }

    /// <summary>Records a stored message and its size.</summary>
    public void Fetched(int number, long octets)
    {
        Settle(number, Outcome.Fetched);
        lock (_gate)
            Octets += octets;
    }

    /// <summary>No more was fetched on purpose: what nobody settled stays for another session.</summary>
    public void LeaveTheRest()
    {
        lock (_gate)
            foreach (var message in listing.Messages)
                LeftSome |= _outcomes.TryAdd(message.Number, Outcome.Left);
    }

    /// <summary>Whether <see cref="LeaveTheRest"/> left any.</summary>
    public bool LeftSome { get; private set; }

    /// <summary>How the message ended; what nobody settled was left.</summary>
    public Outcome this[int number] => _outcomes.GetValueOrDefault(number, Outcome.Left);

    /// <summary>Whether the session said how every message ended.</summary>
    public bool IsComplete => _outcomes.Count == listing.Messages.Count && Contradictions == 0;
}
