namespace MailIngest.Blobs;

/// <summary>Does a number of jobs on this thread and on as many helpers as are worth it and can be had.</summary>
/// <remarks>The disk merges flushes that meet, and on a busy machine each wait ends only when we are scheduled again.</remarks>
/// <param name="start">Starts a helper.</param>
sealed class SyncCrew(Action<Thread> start)
{
    /// <summary>So many threads help at most, one for so many jobs: a lone message pays for none.</summary>
    const int MaxHelpers = 15, JobsPerHelper = 4, Stack = 256 * 1024;

    internal SyncCrew()
        : this(static helper => helper.Start())
    {
    }

    /// <summary>Does <paramref name="job"/> 0 to <paramref name="count"/> - 1, each once; all have ended on return. The job must not throw.</summary>
    internal void ForEach(int count, Action<int> job)
    {
        var next = -1;
        var helpers = new List<Thread>(MaxHelpers);
        try
        {
            while (helpers.Count < Math.Min(MaxHelpers, count / JobsPerHelper) && TryStart() is { } helper)
                helpers.Add(helper);
            Work();
        }
        finally
        {
            foreach (var helper in helpers)
                helper.Join();
        }

        void Work()
        {
            for (int n; (n = Interlocked.Increment(ref next)) < count;)
                job(n);
        }

        Thread? TryStart()
        {
            try
            {
                var helper = new Thread(Work, Stack) { IsBackground = true };
                start(helper);
                return helper;
            }
            catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
            {
                return null; // the limit of processes is reached (a container's, often): it takes longer without help
            }
        }
    }
}
