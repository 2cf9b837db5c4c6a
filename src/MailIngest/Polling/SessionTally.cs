using System.Runtime.InteropServices;
using MailIngest.Pop3;

namespace MailIngest.Polling;

/// <summary>Counts how each listed message of one session ended, so that the report can be reconciled with the listing. Messages end on many threads.</summary>
public sealed class SessionTally(MaildropListing listing)
{
    readonly Lock _gate = new();
    readonly Dictionary<int, string?> _names = [];
    readonly Dictionary<int, Outcome> _outcomes = new(listing.Messages.Count);

    /// <summary>What this session listed, but for the messages that needed nothing.</summary>
    public IReadOnlyList<ListedMessage> Listed => listing.Messages;

    /// <summary>How many messages needed nothing: they are stored already, and nothing else is remembered of them.</summary>
    public int Known => listing.Known;

    /// <summary>How many messages this session listed.</summary>
    public int Count => listing.Count;

    /// <summary>The names of those among them that an earlier session of the poll had to do with.</summary>
    public IReadOnlyCollection<string> KnownAgain { get; init; } = [];

    /// <summary>Messages that were settled twice with different outcomes: a bug of ours.</summary>
    public int Contradictions { get; private set; }

    /// <summary>Octets stored by this session.</summary>
    public long Octets { get; private set; }

    /// <summary>The message has no unique-id that could be trusted: until it is identified, only its place in this session is known.</summary>
    public void Unnamed(int number) => _names[number] = null;

    /// <summary>The message has been identified by its content.</summary>
    public void Named(int number, string name) => _names[number] = name;

    /// <summary>Who the message is, in every session; null when only its place is known.</summary>
    public string? NameOf(ListedMessage listed) => _names.TryGetValue(listed.Number, out var name) ? name : listed.UniqueId;

    /// <summary>Whether nothing has been recorded of the message yet.</summary>
    public bool IsOpen(int number) => !_outcomes.ContainsKey(number);

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

    /// <summary>How the message ended; what nobody settled was left.</summary>
    public Outcome this[int number] => _outcomes.GetValueOrDefault(number, Outcome.Left);

    /// <summary>Whether the session said how every message ended.</summary>
    public bool IsComplete => _outcomes.Count == listing.Messages.Count && Contradictions == 0;
}
