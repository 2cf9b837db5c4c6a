using MailIngest.Simulation.Wire;

namespace MailIngest.Simulation;

/// <content>What goes wrong.</content>
public sealed partial class World
{
    readonly Dictionary<Strike, int> _strikes = [];

    /// <summary>Decides of each effect, just before it happens, how it goes wrong.</summary>
    public Func<Effect, Strike>? Faults { get; set; }

    /// <summary>Where the next connection that matches ends.</summary>
    public WireCut? Cut { get; set; }

    /// <summary>How many effects have been reached.</summary>
    public int Effects { get; private set; }

    /// <summary>How many effects went wrong, by way.</summary>
    public IReadOnlyDictionary<Strike, int> Strikes => _strikes;

    /// <summary>An effect is about to happen. Kills and cancels are carried out here; the rest is the caller's.</summary>
    internal Strike Reach(SimulatedWorker worker, EffectKind kind, string what)
    {
        Effects++;
        if (Faults is not { } faults)
            return Strike.None;
        var effect = new Effect(Effects, kind, worker.Name, what);
        var strike = faults(effect);
        if (strike == Strike.None)
            return strike;
        _strikes[strike] = _strikes.GetValueOrDefault(strike) + 1;
        Log.Add("fault", $"{strike} at {effect}");
        if (strike == Strike.Kill)
            worker.Kill();
        else if (strike == Strike.Cancel)
            worker.Cancel();
        return strike;
    }
}
