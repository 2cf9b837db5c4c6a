using System.Diagnostics;

namespace MailIngest.Simulation.Exhaustion;

/// <summary>Runs many worlds side by side, one on each processor: a world lives on one thread from its first step to its last.</summary>
static class Crew
{
    /// <summary>Does all of it, and returns how long that took.</summary>
    public static TimeSpan Run<T>(IReadOnlyList<T> work, Action<T> each)
    {
        var began = Stopwatch.GetTimestamp();
        var next = -1;
        Exception? failure = null;
        var threads = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(() =>
        {
            try
            {
                for (int mine; failure is null && (mine = Interlocked.Increment(ref next)) < work.Count;)
                    each(work[mine]);
            }
            catch (Exception broken)
            {
                failure = broken;
            }
        }, maxStackSize: 16 << 20)).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return failure is null ? Stopwatch.GetElapsedTime(began) : throw new InvalidOperationException("The sweep itself has failed.", failure);
    }
}
