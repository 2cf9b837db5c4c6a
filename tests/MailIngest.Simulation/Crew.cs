using System.Diagnostics;

namespace MailIngest.Simulation;

/// <summary>Runs many worlds side by side, one on each processor: a world lives on one thread from its first step to its last.</summary>
static class Crew
{
    /// <summary>Does all of it, and returns how long that took.</summary>
    public static TimeSpan Run<T>(IReadOnlyList<T> work, Action<T> each)
    {
        var next = -1;
        return Run(() =>
        {
            var mine = Interlocked.Increment(ref next);
            if (mine >= work.Count)
                return false;
            each(work[mine]);
            return true;
        });
    }

    /// <summary>Does one piece of work after the other, until one says that there is no more, and returns how long that took.</summary>
    public static TimeSpan Run(Func<bool> piece)
    {
        var began = Stopwatch.GetTimestamp();
        Exception? failure = null;
        var threads = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(() =>
        {
            try
            {
                while (failure is null && piece())
                {
                }
            }
            catch (Exception broken)
            {
                failure = broken;
            }
        }, maxStackSize: 16 << 20)).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        if (failure is not null)
            throw new InvalidOperationException("The run itself has failed.", failure);
        return Stopwatch.GetElapsedTime(began);
    }
}
