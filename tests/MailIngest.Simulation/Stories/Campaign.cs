using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using MailIngest.Simulation.Scheduling;

namespace MailIngest.Simulation.Stories;

/// <summary>Many seeds, on all processors, and what they add up to.</summary>
sealed class Campaign
{
    const int TailLines = 60;

    readonly ConcurrentDictionary<string, long> _counts = new(StringComparer.Ordinal);
    readonly ConcurrentDictionary<ulong, string> _failures = [];
    readonly ConcurrentDictionary<ulong, string> _hashes = [];
    long _stories;
    long _sessions;
    long _messages;

    public long Sessions => Interlocked.Read(ref _sessions);

    public long Stories => Interlocked.Read(ref _stories);

    /// <summary>The seeds that went wrong, each with its violations and the end of its log.</summary>
    public IReadOnlyDictionary<ulong, string> Failures => _failures;

    /// <summary>The hash of each seed's log.</summary>
    public IReadOnlyDictionary<ulong, string> Hashes => _hashes;

    /// <summary>Breaks something in every world before its story begins.</summary>
    public Action<World>? Tamper { get; init; }

    /// <summary>Tells seed after seed, from the first, until there is enough.</summary>
    /// <param name="first">The first seed.</param>
    /// <param name="enough">Asked after each story.</param>
    public void Run(ulong first, Func<Campaign, bool> enough)
    {
        var next = first;
        var processor = Environment.CpuUsage.TotalTime;
        Elapsed = Crew.Run(() =>
        {
            if (enough(this))
                return false;
            Tell(Interlocked.Increment(ref next) - 1);
            return true;
        });
        Processor = Environment.CpuUsage.TotalTime - processor;
    }

    public TimeSpan Elapsed { get; private set; }

    public TimeSpan Processor { get; private set; }

    /// <summary>One story.</summary>
    public void Tell(ulong seed)
    {
        using var story = new Story(seed, Tamper);
        try
        {
            story.Run();
            if (story.World.Violations is [var first, ..])
                _failures[seed] = Describe(seed, first, story);
        }
        catch (Exception failure)
        {
            _failures[seed] = Describe(seed, failure is SimulationException ? failure.Message : failure.ToString(), story);
        }
        _hashes[seed] = story.World.Log.Hash();
        Count(story);
    }

    /// <summary>One line of what happened, and the rest of it.</summary>
    public string Summary()
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture,
            $"{Stories} seeds, {Sessions} sessions, {_messages} messages, {_failures.Count} violations; "
            + $"{Elapsed.TotalSeconds:0.0} s, {Sessions / Elapsed.TotalSeconds:0} sessions/s, "
            + $"{Processor.TotalMilliseconds / Sessions:0.00} ms of processor each");
        foreach (var group in _counts.OrderBy(count => count.Key, StringComparer.Ordinal).GroupBy(count => count.Key.Split(' ')[0]))
            text.Append(CultureInfo.InvariantCulture, $"\n{group.Key}: ").AppendJoin(", ", group.Select(
                count => string.Create(CultureInfo.InvariantCulture, $"{count.Key[(group.Key.Length + 1)..]} {count.Value}")));
        return text.ToString();
    }

    void Count(Story story)
    {
        Interlocked.Increment(ref _stories);
        Interlocked.Add(ref _sessions, story.World.Truth.Sessions);
        Interlocked.Add(ref _messages, story.World.Truth.Messages);
        foreach (var (strike, times) in story.World.Strikes)
            Count($"faults {strike}", times);
        foreach (var quirk in story.Quirks)
            Count($"quirks {quirk}", 1);
        Count("totals effects", story.World.Effects);
        Count("totals retrievals", story.World.Truth.Retrievals);
        Count("totals removals", story.World.Truth.Removals);
    }

    void Count(string what, long times) => _counts.AddOrUpdate(what, times, (_, before) => before + times);

    static string Describe(ulong seed, string sentence, Story story) =>
        $"seed {seed}: {sentence}\n{story.World.Log.Lines[0]}\n{story.World.Log.Before("VIOLATION", TailLines)}";
}
