using MailIngest.Blobs;
using Xunit;

namespace MailIngest.Tests.Blobs;

public class MemoryBudgetTests
{
    readonly MemoryBudget _budget = new(100);

    [Fact]
    public async Task Whoever_fits_is_served_at_once_and_the_next_waits_for_a_release()
    {
        Assert.Equal(60, await _budget.TakeAsync(60, TestContext.Current.CancellationToken));
        var second = _budget.TakeAsync(60, TestContext.Current.CancellationToken).AsTask();
        Assert.False(second.IsCompleted);
        _budget.Release(60);
        Assert.Equal(60, await second);
    }

    [Fact]
    public async Task More_than_the_whole_budget_is_granted_as_the_whole_budget() => Assert.Equal(100, await _budget.TakeAsync(1000, TestContext.Current.CancellationToken));

    [Fact]
    public async Task A_small_wish_does_not_overtake_a_large_one_that_came_first()
    {
        await _budget.TakeAsync(60, TestContext.Current.CancellationToken);
        var large = _budget.TakeAsync(50, TestContext.Current.CancellationToken).AsTask();
        var small = _budget.TakeAsync(10, TestContext.Current.CancellationToken).AsTask();
        Assert.False(small.IsCompleted);
        _budget.Release(60);
        Assert.Equal(50, await large);
        Assert.Equal(10, await small);
    }

    [Fact]
    public async Task A_grant_in_the_very_moment_of_giving_up_is_taken_or_goes_back_and_is_never_lost()
    {
        for (var turn = 0; turn < 100; turn++)
        {
            await _budget.TakeAsync(60, TestContext.Current.CancellationToken);
            using var impatience = new CancellationTokenSource();
            var waiting = _budget.TakeAsync(50, impatience.Token).AsTask();
            await using var release = impatience.Token.Register(() => _budget.Release(60)); // runs before the waiter hears of it
            await impatience.CancelAsync();
            try
            {
                _budget.Release(await waiting);
            }
            catch (OperationCanceledException)
            {
                Assert.True(waiting.IsCanceled);
            }
            var whole = _budget.TakeAsync(100, TestContext.Current.CancellationToken).AsTask();
            Assert.True(whole.IsCompletedSuccessfully);
            _budget.Release(await whole);
        }
    }

    [Fact]
    public async Task Whoever_gives_up_waiting_takes_nothing_and_holds_nobody_up()
    {
        await _budget.TakeAsync(60, TestContext.Current.CancellationToken);
        using var impatience = new CancellationTokenSource();
        var large = _budget.TakeAsync(50, impatience.Token).AsTask();
        var small = _budget.TakeAsync(40, TestContext.Current.CancellationToken).AsTask();
        await impatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => large);
        Assert.Equal(40, await small);
        _budget.Release(40);
        _budget.Release(60);
        Assert.Equal(100, await _budget.TakeAsync(100, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Whoever_can_do_without_takes_only_what_is_free_and_what_nobody_waits_for()
    {
        Assert.True(_budget.TryTake(60));
        Assert.False(_budget.TryTake(41));
        var waiting = _budget.TakeAsync(50, TestContext.Current.CancellationToken).AsTask();
        Assert.False(_budget.TryTake(10));
        _budget.Release(60);
        Assert.Equal(50, await waiting);
        Assert.True(_budget.TryTake(50));
    }
}
