using MailIngest.Commands;
using MailIngest.Settings;
using Xunit;

namespace MailIngest.Tests.Commands;

/// <summary>No more polls run at once than the limits allow, in all and per host, and none waits for another host's.</summary>
public sealed class SessionSlotsTests : IDisposable
{
    readonly SessionSlots _slots = new(new LimitSettings { Sessions = 3, SessionsPerHost = 2 });
    readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly List<string> _begun = [];

    public void Dispose() => _slots.Dispose();

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
            await Assert.ThrowsAsync<InvalidOperationException>(() => _slots.RunAsync("a", () => throw new InvalidOperationException("a bug")));

        _end.SetResult();
        await Begin("a");
        Assert.Equal(["a"], _begun);
    }

    // Runs on the caller's thread as far as it gets: what has begun when it returns has a place.
    Task Begin(string host) => _slots.RunAsync(host, async () =>
    {
        lock (_begun)
            _begun.Add(host);
        await _end.Task;
    });
}
