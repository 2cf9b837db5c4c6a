namespace MailIngest.Polling;

/// <summary>How the messages that a poll listed ended; one message that several sessions listed counts once.</summary>
public sealed record PollCounts
{
    /// <summary>Different messages listed.</summary>
    public int Listed { get; internal init; }

    /// <summary>RETR'd and stored by this poll.</summary>
    public int Fetched { get; internal init; }

    /// <summary>Stored before this poll.</summary>
    public int StoredEarlier { get; internal init; }

    /// <summary>Left on the server by rule.</summary>
    public int Skipped { get; internal init; }

    /// <summary>Put aside until a person releases them.</summary>
    public int Quarantined { get; internal init; }

    /// <summary>Tried and not stored.</summary>
    public int Failed { get; internal init; }

    /// <summary>Not tried.</summary>
    public int Left { get; internal init; }

    /// <summary>Octets stored by this poll.</summary>
    public long Octets { get; internal init; }

    /// <summary>Whether every listed message ended in exactly one way. If not, the poll has a bug, and says so.</summary>
    public bool Reconciles { get; internal init; } = true;

    /// <summary>Whether the account adds up: listed = fetched + stored earlier + skipped + quarantined + failed + left.</summary>
    public bool Balances => Reconciles && Listed == Fetched + StoredEarlier + Skipped + Quarantined + Failed + Left;

    /// <summary>Adds up the sessions of one poll.</summary>
    public static PollCounts Of(IReadOnlyList<SessionTally> sessions)
    {
        if (sessions.Count == 0)
            return new();

        // One session lists each message once. Only when there were several, messages have to be recognised across them. Of those that
        // needed nothing the last session has the last word: it lists what is left of them.
        var count = new int[6];
        count[(int)Outcome.StoredEarlier] = sessions[^1].Known - sessions[^1].KnownAgain.Count;
        foreach (var outcome in sessions.Count == 1 ? sessions[0].Listed.Select(listed => sessions[0][listed.Number]) : Merged(sessions).Values)
            count[(int)outcome]++;

        return new()
        {
            Listed = count.Sum(),
            Fetched = count[(int)Outcome.Fetched],
            StoredEarlier = count[(int)Outcome.StoredEarlier],
            Skipped = count[(int)Outcome.Skipped],
            Quarantined = count[(int)Outcome.Quarantined],
            Failed = count[(int)Outcome.Failed],
            Left = count[(int)Outcome.Left],
            Octets = sessions.Sum(session => session.Octets),
            Reconciles = sessions.All(session => session.Contradictions == 0),
        };
    }

    static Dictionary<(string, int), Outcome> Merged(IReadOnlyList<SessionTally> sessions)
    {
        var merged = new Dictionary<(string, int), Outcome>();
        foreach (var session in sessions)
        {
            foreach (var name in session.KnownAgain)
                if (merged.TryGetValue((name, 1), out var before) && before != Outcome.Fetched)
                    merged[(name, 1)] = Outcome.StoredEarlier;
            var copies = new Dictionary<string, int>(StringComparer.Ordinal);
            foreach (var listed in session.Listed)
            {
                // Of a message that is known by its place only, the last session has the last word: it lists what is left of them.
                if (session.NameOf(listed) is null && session != sessions[^1])
                    continue;
                var name = session.NameOf(listed) ?? PollPlan.FailedName(listed);
                var copy = copies[name] = copies.GetValueOrDefault(name) + 1;
                var outcome = session[listed.Number];
                // What a session fetched, the next one sees as stored earlier; what one could not try says nothing.
                if (!merged.TryGetValue((name, copy), out var before) || (before != Outcome.Fetched && outcome != Outcome.Left))
                    merged[(name, copy)] = outcome;
            }
        }
        return merged;
    }
}
