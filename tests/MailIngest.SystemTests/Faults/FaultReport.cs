using System.Collections.Concurrent;
using Xunit;

namespace MailIngest.SystemTests.Faults;

/// <summary>What a sweep counted: at how many points of how many it struck, what that cost, and where the promise was broken.</summary>
/// <param name="what">"kill -9, Dovecot, folder + SQLite".</param>
/// <param name="points">How many points there are.</param>
/// <param name="every">One in so many is struck at.</param>
internal sealed class FaultReport(string what, int points, int every)
{
    readonly Lock _gate = new();
    readonly List<string> _broken = [];
    readonly SortedDictionary<string, int> _ends = new(StringComparer.Ordinal);
    readonly long _started = TimeProvider.System.GetTimestamp();
    int _struck;
    int _fetchedAgain;
    int _most;
    int _uploads;
    int _recoveries;

    /// <summary>Strikes at the points of the share, on all lanes.</summary>
    /// <param name="points">All points.</param>
    /// <param name="lanes">One point after the other on each.</param>
    /// <param name="strike">As <see cref="AtAsync"/> wants it.</param>
    public async Task SweepAsync<T>(IReadOnlyList<T> points, Lanes lanes, Func<Lane, T, Task<string?>> strike)
        where T : notnull
    {
        var queue = new ConcurrentQueue<T>(Share(points, every));
        await Task.WhenAll(lanes.All.Select(lane => Task.Run(async () =>
        {
            while (queue.TryDequeue(out var point))
                await AtAsync(point, () => strike(lane, point));
        })));
    }

    /// <summary>Strikes at one point. A broken promise is written down, and the sweep goes on.</summary>
    /// <param name="point">Where.</param>
    /// <param name="strike">How; its answer says in one word how that ended, null when the point did not come.</param>
    public async Task AtAsync(object point, Func<Task<string?>> strike)
    {
        try
        {
            if (await strike() is not { } end)
                return;
            lock (_gate)
            {
                _struck++;
                _ends[end] = _ends.GetValueOrDefault(end) + 1;
            }
        }
        catch (Exception broken) when (broken is not OperationCanceledException)
        {
            lock (_gate)
            {
                _struck++;
                _broken.Add($"{point}: {broken.Message}");
            }
        }
    }

    public void Add(Cost cost)
    {
        lock (_gate)
        {
            _recoveries++;
            _fetchedAgain += cost.Retrieved;
            _most = Math.Max(_most, cost.Retrieved);
            _uploads += cost.Uploads;
        }
    }

    /// <summary>Prints all that, and fails where the promise was broken, or where points were left out.</summary>
    /// <param name="extra">Further figures.</param>
    public void End(string extra = "")
    {
        var share = every == 1 ? "" : $" (one in {every} of {points})";
        var wanted = every == 1 ? points : Share(points, every);
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{what}: points covered {_struck} of {wanted}{share}; violations {_broken.Count}; "
            + string.Join(", ", _ends.Select(end => $"{end.Key} {end.Value}"))
            + $"; {_recoveries} clean runs fetched {_fetchedAgain} messages, {_most} at most, and uploaded {_uploads} again{extra}; "
            + $"{TimeProvider.System.GetElapsedTime(_started).TotalSeconds:0} s");
        Assert.True(_broken.Count == 0, string.Join("\n\n", _broken.Take(20)));
        Assert.True(_struck == wanted && wanted > 0, $"{what}: {_struck} of {wanted} points were covered.");
    }

    /// <summary>One in so many of the points, beginning in the middle of the first so many.</summary>
    public static IReadOnlyList<T> Share<T>(IReadOnlyList<T> points, int every) => [.. points.Where((_, n) => n % every == every / 2)];

    static int Share(int points, int every) => Enumerable.Range(0, points).Count(n => n % every == every / 2);
}
