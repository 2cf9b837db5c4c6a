namespace MailIngest.Simulation.Stories;

/// <summary>What a story never combines, each with its reason: the promise does not hold there, or there is no such server.</summary>
static class Exclusions
{
    static readonly (Quirk[] Quirks, string Reason)[] _s_groups =
    [
        ([Quirk.VolatileHeaders, Quirk.NoUniqueIds],
            "without unique-ids the octets are the identity: octets that change are another message"),
        ([Quirk.VolatileHeaders, Quirk.NumbersAsUniqueIds], "unique-ids that are message-numbers are none"),
        ([Quirk.VolatileHeaders, Quirk.DuplicateUniqueIds], "of messages with one unique-id the octets are the identity"),
        ([Quirk.LedgerLost, Quirk.Migration],
            "a blob's name follows from the unique-id: with the ledger lost and all unique-ids new, both indexes are gone"),
        ([Quirk.LedgerRestored, Quirk.Migration], "as with a lost ledger, for what the old copy does not hold"),
        ([Quirk.NumbersAsUniqueIds, Quirk.Migration],
            "message-numbers behind a prefix cannot be told from unique-ids, and shift like numbers"),
        ([Quirk.RollsBack, Quirk.Migration],
            "a message that we have deleted, back under another unique-id: that is a new one, and is stored"),
        ([Quirk.RollsBack, Quirk.Contradicts], "the same: deleted while its unique-id was missing from the listing, and back under it"),
        ([Quirk.RemovesRetrieved, Quirk.ReusedUniqueIds], "where mail is kept and the server removes it: its unique-id under a new message of one size"),
        ([Quirk.RoundsSizes, Quirk.Truncates], "where sizes are known to be wrong, a truncated message cannot be told from a whole one"),
        ([Quirk.RoundsSizes, Quirk.ForgetsFirstDot], "the same: one octet is missing, and sizes are not believed"),
        ([Quirk.NoUniqueIds, Quirk.NumbersAsUniqueIds], "there is no UIDL to say them"),
        ([Quirk.NoUniqueIds, Quirk.Migration], "there is no UIDL to change"),
        ([Quirk.RollsBack, Quirk.ReusedUniqueIds, Quirk.VolatileHeaders],
            "a message that is back beside the new one under its unique-id: of messages with one unique-id the octets are the identity"),
    ];

    /// <summary>The quirks without those that would complete such a group.</summary>
    public static IReadOnlyList<Quirk> Compatible(IEnumerable<Quirk> drawn)
    {
        var kept = new List<Quirk>();
        foreach (var quirk in drawn.Distinct())
        {
            if (!Array.Exists(_s_groups, group => group.Quirks.Contains(quirk) && group.Quirks.All(other => other == quirk || kept.Contains(other))))
                kept.Add(quirk);
        }
        return kept;
    }
}
