using MailIngest.Polling;
using MailIngest.Tests.DeliveryPromise;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailIngest.Tests.Polling;

/// <summary>The back-off curve, and the breaker of the blob store under a clock of the test's own.</summary>
public class RetriesTests
{
    readonly FakeTimeProvider _clock = new(A.Noon);
    readonly Retries _retries;
    int _probes;

    public RetriesTests() => _retries = new(_clock);

    [Theory]
    [InlineData(0, 60)]
    [InlineData(1, 60)]
    [InlineData(2, 120)]
    [InlineData(6, 1920)]
    [InlineData(7, 3600)]
    [InlineData(int.MaxValue, 3600)]
    public void A_failing_mailbox_waits_twice_as_long_each_time_up_to_an_hour(int failures, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Retries.BackOff(failures, TimeSpan.FromMinutes(1)));

    [Fact]
    public async Task Failures_in_a_row_open_the_breaker_and_one_success_between_them_does_not_let_it()
    {
        Fail(4);
        _retries.StoreAnswered(null);
        Fail(4);
        Assert.Null(await AskAsync(works: false));
        Assert.Equal(0, _probes);
        Fail(1);
        Assert.Equal(A.Noon.AddSeconds(30), (await AskAsync(works: false))!.Until);
        Assert.Equal(("The store is down.", 1), (_retries.StoreProblem, _probes));
        Assert.Equal(A.Noon.AddSeconds(30), (await AskAsync(works: true))!.Until);
        Assert.Equal(1, _probes);
    }

    [Fact]
    public async Task A_store_that_refuses_one_message_for_ever_and_takes_the_probe_is_never_left_alone()
    {
        for (var poll = 0; poll < 100; poll++)
        {
            Fail(1);
            Assert.Null(await AskAsync(works: true));
            Assert.Null(_retries.StoreProblem);
            _clock.Advance(TimeSpan.FromMilliseconds(300));
        }
        Assert.Equal(100 / Retries.StoreFailures, _probes);
        Fail(Retries.StoreFailures);
        Assert.NotNull(await AskAsync(works: false)); // what worked a moment ago does not keep the breaker from opening
        Assert.NotNull(_retries.StoreProblem);
    }

    [Fact]
    public async Task Whoever_asks_while_the_store_is_tried_out_waits_for_the_answer()
    {
        Fail(Retries.StoreFailures);
        var answer = new TaskCompletionSource();
        var first = AskAsync(answer.Task);
        _retries.StoreAnswered(null); // a poll that ends meanwhile
        var second = AskAsync(answer.Task);
        Assert.False(second.IsCompleted);
        answer.SetException(FaultyStore.Down());
        Assert.All(await Task.WhenAll(first, second), Assert.NotNull);
        Assert.Equal(1, _probes);
    }

    [Fact]
    public async Task A_success_long_ago_does_not_keep_it_closed()
    {
        for (var i = 0; i < 1000; i++)
            _retries.StoreAnswered(null);
        Fail(Retries.StoreFailures);
        Assert.NotNull(await AskAsync(works: false));
    }

    [Fact]
    public async Task After_the_break_one_probe_answers_for_all_who_ask()
    {
        await BreakAsync();
        _clock.Advance(TimeSpan.FromSeconds(30));
        var answer = new TaskCompletionSource();
        var asked = Enumerable.Range(0, 20).Select(_ => AskAsync(answer.Task)).ToArray();
        answer.SetResult();
        Assert.All(await Task.WhenAll(asked), Assert.Null);
        Assert.Equal((1, null), (_probes, _retries.StoreProblem));
    }

    [Fact]
    public async Task Each_break_is_longer_than_the_one_before_up_to_five_minutes_until_a_success()
    {
        await BreakAsync();
        var breaks = new List<double>();
        for (var i = 0; i < 6; i++)
        {
            var until = (await AskAsync(works: false))!.Until;
            breaks.Add((until - _clock.GetUtcNow()).TotalSeconds);
            _clock.SetUtcNow(until);
            Assert.NotNull(await AskAsync(works: false));
        }
        Assert.Equal([30, 60, 120, 240, 300, 300], breaks);
        Assert.Equal(6, _probes);

        _clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Null(await AskAsync(works: true));
        Fail(1); // the probe passed, the first commit did not: no other five are needed to ask again
        Assert.NotNull(await AskAsync(works: false));
        _clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Null(await AskAsync(works: true));
        _retries.StoreAnswered(null);
        Fail(Retries.StoreFailures - 1);
        Assert.Null(await AskAsync(works: false));
        Fail(1);
        Assert.Equal(_clock.GetUtcNow().AddSeconds(30), (await AskAsync(works: false))!.Until);
    }

    [Fact]
    public async Task A_probe_that_is_never_answered_is_a_failure()
    {
        await BreakAsync();
        _clock.Advance(TimeSpan.FromSeconds(30));
        var never = new TaskCompletionSource();
        var probing = new TaskCompletionSource();
        var asked = _retries.StoreProblemAsync(
            async stop => { probing.SetResult(); await never.Task.WaitAsync(stop); }, TestContext.Current.CancellationToken).AsTask();
        await probing.Task;
        _clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Contains("has not answered for 30 s", (await asked)!.Sentence, StringComparison.Ordinal);
    }

    async Task BreakAsync()
    {
        Fail(Retries.StoreFailures);
        Assert.NotNull(await AskAsync(works: false));
        _probes = 0;
    }

    void Fail(int times)
    {
        for (var i = 0; i < times; i++)
            _retries.StoreAnswered(FaultyStore.Down());
    }

    Task<StoreTrouble?> AskAsync(bool works) => AskAsync(works ? Task.CompletedTask : Task.FromException(FaultyStore.Down()));

    Task<StoreTrouble?> AskAsync(Task answer) => _retries.StoreProblemAsync(
        _ =>
        {
            Interlocked.Increment(ref _probes);
            return answer;
        },
        TestContext.Current.CancellationToken).AsTask();
}
