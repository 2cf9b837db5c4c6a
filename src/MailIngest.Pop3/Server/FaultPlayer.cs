namespace MailIngest.Pop3.Server;

/// <summary>Plays a fault script for one server: counts, over all sessions, how often each place was reached.</summary>
sealed class FaultPlayer(FaultScript script)
{
    readonly Lock _gate = new();
    readonly int[] _matches = new int[script.Faults.Count];

    /// <summary>What goes wrong with this command.</summary>
    public Fault Strike(int session, string verb, int? message)
    {
        if (_matches.Length == 0)
            return Fault.None;

        var strikes = Fault.None;
        lock (_gate)
        {
            for (var i = 0; i < _matches.Length; i++)
            {
                var (where, what) = script.Faults[i];
                if (where.Matches(session, verb, message) && where.StrikesAt(++_matches[i]))
                    strikes = strikes.And(what with { Occurrence = _matches[i] });
            }
        }
        return strikes;
    }
}
