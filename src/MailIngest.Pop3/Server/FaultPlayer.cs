namespace MailIngest.Pop3.Server;

/// <summary>Plays a fault script for one server: counts, over all sessions, how often each place was reached.</summary>
sealed class FaultPlayer(FaultScript script)
{
    readonly Lock gate = new();
    readonly int[] matches = new int[script.Faults.Count];

    /// <summary>What goes wrong with this command.</summary>
    public Fault Strike(int session, string verb, int? message)
    {
        if (matches.Length == 0)
            return Fault.None;

        var strikes = Fault.None;
        lock (gate)
        {
            for (var i = 0; i < matches.Length; i++)
            {
                var (where, what) = script.Faults[i];
                if (where.Matches(session, verb, message) && where.StrikesAt(++matches[i]))
                    strikes = strikes.And(what with { Occurrence = matches[i] });
            }
        }
        return strikes;
    }
}
