using System.Collections.Concurrent;
using MailIngest.Ledger;
using MailIngest.Mailboxes;
using MailIngest.Polling;
using MailIngest.Tests.DeliveryPromise;
using Xunit;

namespace MailIngest.Tests.Polling;

/// <summary>Rounds in fake time, whose polls do what a test says.</summary>
sealed class RoundsWorld : IAsyncDisposable
{
    readonly ConcurrentDictionary<string, DateTimeOffset> _due = new();
    readonly ConcurrentQueue<(string Mailbox, string Revision, DateTimeOffset At, DateTimeOffset Due)> _begun = new();
    readonly ConcurrentDictionary<string, int> _running = new();
    int _beats;

    public RoundsWorld(Func<Mailbox, DateTimeOffset, Task<PollReport>>? poll = null)
    {
        Poll = poll ?? ((mailbox, _) => Task.FromResult(new PollReport(mailbox.Id)));
        Rounds = new PollRounds(PollAsync, id => Task.FromResult(Traits(id)), Clock, Log)
        {
            Due = (id, due) =>
            {
                _due[id] = due;
                WhenDue(id);
            },
            Ticked = () => Interlocked.Increment(ref _beats),
            Random = () => 0,
        };
    }

    public HostClock Clock { get; } = new(A.Noon);

    public CapturedLog Log { get; } = new();

    public PollRounds Rounds { get; }

    /// <summary>What a poll does.</summary>
    public Func<Mailbox, DateTimeOffset, Task<PollReport>> Poll { get; set; }

    /// <summary>What the ledger knows.</summary>
    public Func<string, MailboxTraits> Traits { get; set; } = _ => new();

    /// <summary>Called when a time is set.</summary>
    public Action<string> WhenDue { get; set; } = _ => { };

    public IReadOnlyCollection<(string Mailbox, string Revision, DateTimeOffset At, DateTimeOffset Due)> Begun => _begun;

    public int Beats => Volatile.Read(ref _beats);

    /// <summary>A mailbox was polled twice at once.</summary>
    public bool Overlapped { get; private set; }

    public DateTimeOffset Due(string id) => _due[id];

    public int Polls(string id) => _begun.Count(poll => poll.Mailbox == id);

    public static Mailbox Box(string id, TimeSpan? every = null, string revision = "1", string? host = null) => A.Mailbox() with
    {
        Id = id,
        File = $"{id}.json",
        Revision = revision,
        Server = A.Mailbox().Server with { Host = host ?? "127.0.0.1" },
        Schedule = new(null, every ?? TimeSpan.FromMinutes(5), TimeZoneInfo.Utc),
    };

    public async Task StartAsync(params IReadOnlyList<Mailbox> mailboxes)
    {
        await Rounds.StartAsync(TestContext.Current.CancellationToken);
        await Rounds.ApplyAsync(mailboxes);
    }

    /// <summary>Lets fake time pass, in steps that the scheduler's threads can follow, until that is so.</summary>
    public async Task UntilAsync(Func<bool> condition, TimeSpan? within = null, TimeSpan? step = null)
    {
        var end = Clock.GetUtcNow() + (within ?? TimeSpan.FromHours(3));
        while (!await SoonAsync(condition))
        {
            Assert.True(Clock.GetUtcNow() < end, $"not within {within ?? TimeSpan.FromHours(3)}; begun: "
                + $"{string.Join(", ", _begun.TakeLast(20))}; {string.Join("; ", Log.Lines)}");
            Clock.Advance(step ?? TimeSpan.FromSeconds(2));
        }
    }

    /// <summary>Lets that much fake time pass.</summary>
    public async Task PassAsync(TimeSpan time, TimeSpan? step = null)
    {
        var end = Clock.GetUtcNow() + time;
        await UntilAsync(() => Clock.GetUtcNow() >= end, time + time, step);
    }

    /// <summary>Waits, in real time, until that is so.</summary>
    public static async Task EventuallyAsync(Func<bool> condition)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(60), "it never came about");
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }

    static async Task<bool> SoonAsync(Func<bool> condition)
    {
        for (var turn = 0; turn < 3 && !condition(); turn++)
            await Task.Delay(1, TestContext.Current.CancellationToken);
        return condition();
    }

    async Task<PollReport> PollAsync(Mailbox mailbox, DateTimeOffset due)
    {
        Overlapped |= _running.AddOrUpdate(mailbox.Id, 1, (_, polls) => polls + 1) > 1;
        _begun.Enqueue((mailbox.Id, mailbox.Revision, Clock.GetUtcNow(), due));
        try
        {
            return await Poll(mailbox, due);
        }
        finally
        {
            _running.AddOrUpdate(mailbox.Id, 0, (_, polls) => polls - 1);
        }
    }

    public ValueTask DisposeAsync() => Rounds.DisposeAsync();
}
