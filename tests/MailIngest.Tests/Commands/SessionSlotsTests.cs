using MailIngest.Commands;
using MailIngest.Settings;
using MailIngest.Tests.Polling;
using Xunit;

namespace MailIngest.Tests.Commands;

/// <summary>No more polls run at once than the limits allow, in all and per host, and none waits for another host's.</summary>
public sealed class SessionSlotsTests
{
    readonly SessionSlots _slots = new(new LimitSettings { Sessions = 3, SessionsPerHost = 2 });
    readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly List<string> _begun = [];

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_host_has_no_more_polls_at_once_than_its_share()
    {
        var polls = Enumerable.Range(0, 4).Select(_ => Begin("mail.example.org")).ToList();
        Assert.Equal(2, _begun.Count);

        _end.SetResult();
        await Task.WhenAll(polls);
        Assert.Equal(4, _begun.Count);
    }

    [Fact]
    public async Task One_host_is_one_host_however_it_is_written()
    {
        Task[] polls = [Begin("mail.example.org"), Begin("MAIL.example.org"), Begin("Mail.Example.Org")];
        Assert.Equal(2, _begun.Count);

        _end.SetResult();
        await Task.WhenAll(polls);
    }

    [Fact]
    public async Task All_hosts_together_have_no_more_than_the_whole()
    {
        Task[] polls = [Begin("a"), Begin("b"), Begin("c"), Begin("d")];
        Assert.Equal(["a", "b", "c"], _begun);

        _end.SetResult();
        await Task.WhenAll(polls);
    }

    [Fact]
    public async Task Polls_that_wait_for_their_host_take_no_place_from_others()
    {
        Task[] polls = [Begin("busy"), Begin("busy"), Begin("busy"), Begin("busy"), Begin("other")];
        Assert.Equal(["busy", "busy", "other"], _begun);

        _end.SetResult();
        await Task.WhenAll(polls);
    }

    [Fact]
    public async Task A_poll_that_throws_gives_its_place_back()
    {
        for (var n = 0; n < 10; n++)
            await Assert.ThrowsAsync<InvalidOperationException>(
                () => _slots.RunAsync("a", A.Noon, () => throw new InvalidOperationException("a bug"), Stop));

        _end.SetResult();
        await Begin("a");
        Assert.Equal(["a"], _begun);
    }

    [Fact]
    public async Task Whoever_has_been_due_for_longest_is_next()
    {
        var holders = Enumerable.Range(0, 3).Select(n => Begin($"holder {n}")).ToList();
        var waiters = new[] { 5, 2, 9, 1, 7 }.Select(minute => Begin($"host {minute}", A.Noon.AddMinutes(minute))).ToList();
        Assert.Equal(3, _begun.Count);

        _end.SetResult();
        await Task.WhenAll([.. holders, .. waiters]);
        Assert.Equal(["host 1", "host 2", "host 5"], _begun.Skip(3).Take(3).Order());
        Assert.Equal(8, _begun.Count);
    }

    [Fact]
    public async Task Those_due_together_go_in_the_order_in_which_they_came()
    {
        var slots = new SessionSlots(new LimitSettings { Sessions = 1, SessionsPerHost = 1 });
        var order = new List<int>();

        var holder = slots.RunAsync("a", A.Noon, () => _end.Task, Stop);
        var waiters = Enumerable.Range(0, 50).Select(n => slots.RunAsync($"host {n % 7}", A.Noon, () =>
        {
            order.Add(n);
            return Task.CompletedTask;
        }, Stop)).ToList();
        _end.SetResult();
        await Task.WhenAll([holder, .. waiters]);

        Assert.Equal(Enumerable.Range(0, 50), order);
    }

    [Fact]
    public async Task A_host_without_room_is_passed_over_by_those_that_were_due_later()
    {
        Task[] polls =
        [
            Begin("busy"), Begin("busy"), Begin("busy", A.Noon.AddMinutes(-9)), Begin("busy", A.Noon.AddMinutes(-8)),
                Begin("other", A.Noon.AddMinutes(5)),
        ];
        Assert.Equal(["busy", "busy", "other"], _begun);

        _end.SetResult();
        await Task.WhenAll(polls);
    }

    [Fact]
    public async Task Whoever_waits_when_it_is_enough_is_not_run_and_waits_no_longer()
    {
        using var enough = new CancellationTokenSource();
        var holders = Enumerable.Range(0, 3).Select(n => Begin($"host {n}")).ToList();
        var waiter = _slots.RunAsync("late", A.Noon, () => throw new InvalidOperationException("it was run"), enough.Token);

        await enough.CancelAsync();
        Assert.False(await waiter);

        _end.SetResult();
        Assert.All(await Task.WhenAll(holders), Assert.True);
        Assert.False(await _slots.RunAsync("late", A.Noon, () => throw new InvalidOperationException("it was run"), enough.Token));
        Assert.True(await Begin("late"));
    }

    [Fact]
    public async Task Ten_thousand_waiters_of_a_thousand_hosts_are_served_in_order_and_quickly()
    {
        var slots = new SessionSlots(new LimitSettings { Sessions = 1, SessionsPerHost = 1 });
        var served = new List<DateTimeOffset>();
        var holder = slots.RunAsync("holder", A.Noon, () => _end.Task, Stop);
        var random = new Random(7);
        var waiters = Enumerable.Range(0, 10_000).Select(n =>
        {
            var due = A.Noon.AddMilliseconds(random.Next(1_000_000));
            return slots.RunAsync($"host {n % 1000}", due, () =>
            {
                served.Add(due);
                return Task.CompletedTask;
            }, Stop);
        }).ToList();
        var started = TimeProvider.System.GetTimestamp();

        _end.SetResult();
        await Task.WhenAll([holder, .. waiters]);

        Assert.Equal(served.Order(), served);
        // It takes a fraction of a second; a search through all waiters for each turn would take minutes.
        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(30));
    }

    // Runs on the caller's thread as far as it gets: what has begun when it returns has a place.
    Task<bool> Begin(string host, DateTimeOffset? due = null) => _slots.RunAsync(host, due ?? A.Noon, async () =>
    {
        lock (_begun)
            _begun.Add(host);
        await _end.Task;
    }, Stop);
}
