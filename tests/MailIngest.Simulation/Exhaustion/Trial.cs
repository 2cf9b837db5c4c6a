using MailIngest.Blobs;
using MailIngest.Ledger;
using MailIngest.Simulation.Scheduling;

namespace MailIngest.Simulation.Exhaustion;

/// <summary>One run of a scenario from beginning to end, with the faults that were asked for: the act, five minutes, one more poll by the
/// same worker or by a new one after a kill, and then a quiet time in which everything has to come right.</summary>
sealed class Trial
{
    const int TailLines = 60;

    readonly Scenario _scenario;
    readonly IReadOnlyList<Blow> _blows;
    readonly List<Effect> _effects = [];
    readonly HashSet<string> _known = new(StringComparer.Ordinal); // stored, and known by their row, when the worker was killed
    int _retrievedBefore;
    int _first;

    Trial(Scenario scenario, IReadOnlyList<Blow> blows) => (_scenario, _blows) = (scenario, blows);

    /// <summary>What was reached in the act and in the poll after it, in order.</summary>
    public IReadOnlyList<Effect> Effects => _effects;

    /// <summary>How many of them the act reached.</summary>
    public int Acted { get; private set; }

    /// <summary>How many of the blows have struck.</summary>
    public int Struck { get; private set; }

    /// <summary>What is wrong, for people; null when nothing is.</summary>
    public string? Complaint { get; private set; }

    /// <param name="scenario">What is tried.</param>
    /// <param name="blows">What goes wrong in it.</param>
    /// <param name="seam">A store that is broken on purpose.</param>
    /// <param name="log">Takes the whole log in the end.</param>
    public static Trial Run(
        Scenario scenario, IReadOnlyList<Blow> blows, Func<IBlobStore, IBlobStore>? seam = null, Action<string>? log = null)
    {
        var trial = new Trial(scenario, blows);
        using var world = scenario.NewWorld();
        if (seam is not null)
            world.StoreSeam = seam;
        trial.Run(world);
        log?.Invoke(world.Log.Tail(int.MaxValue));
        return trial;
    }

    void Run(World world)
    {
        try
        {
            world.Run(() => RunAsync(world));
        }
        catch (SimulationException broken)
        {
            Complain(world, broken.Message);
            return;
        }
        Judge(world);
    }

    async Task RunAsync(World world)
    {
        await _scenario.Before(world);
        world.Log.Add("sweep", "begins");
        _first = world.Effects;
        world.Faults = effect => Reached(world, effect with { Number = effect.Number - _first });
        await _scenario.Act(world);
        Acted = _effects.Count;
        await world.DelayAsync(TimeSpan.FromMinutes(5));
        await world.PollAsync();
        await world.SettleAsync();
    }

    Strike Reached(World world, Effect effect)
    {
        _effects.Add(effect);
        _scenario.Meanwhile(world, effect);
        foreach (var blow in _blows)
        {
            if (blow.Number != effect.Number)
                continue;
            Struck++;
            if (blow.Way == Strike.Kill)
                NoteKnown(world);
            return blow.Way;
        }
        return Strike.None;
    }

    /// <summary>The cost of a crash: what the ledger holds as stored at this moment is not RETR'd again. After a second fault, perhaps in
    /// TOP, RETR may be all that is left to tell what a message is.</summary>
    void NoteKnown(World world)
    {
        if (!_scenario.KnowsByUniqueId || _blows.Count > 1)
            return;
        var rows = world.Disk.Rows(world.Mailbox.Id).GroupBy(row => row.UniqueId, StringComparer.Ordinal)
            .ToDictionary(same => same.Key, same => same.MaxBy(row => row.Generation)!.State, StringComparer.Ordinal);
        foreach (var message in world.Account.Maildrop.Messages)
        {
            var name = world.Truth.NameOf(message);
            // Without TOP only RETR tells whether a message that was deleted is still the same one.
            if (rows.TryGetValue(message.UniqueId, out var state) && world.Truth.IsDurable(name)
                && (state == MessageState.Stored || (state == MessageState.Deleting && world.Server.Options.Top)))
                _known.Add(name);
        }
        _retrievedBefore = world.Truth.Retrieved.Count;
    }

    void Judge(World world)
    {
        if (world.Violations is [var violation, ..])
            Complain(world, violation);
        else if (Struck < _blows.Count)
            Complain(world, $"only {Struck} of {_blows.Count} faults struck");
        else if (world.Account.Maildrop.Count != _scenario.Stay)
            Complain(world, $"{world.Account.Maildrop.Count} messages are on the server in the end, and it should be {_scenario.Stay}");
        else if (world.Truth.Retrieved.Skip(_retrievedBefore).FirstOrDefault(_known.Contains) is { } again)
            Complain(world, $"{again} was stored when the worker was killed, and is RETR'd again");
    }

    void Complain(World world, string sentence) => Complaint = $"""
        {_scenario.Name}; {string.Join("; ", _blows)}: {sentence}
        {Again.Line(string.Join("; ", [_scenario.Name, .. _blows.Select(blow => blow.ToString())]))}
        {world.Log.Tail(TailLines)}
        """;
}
