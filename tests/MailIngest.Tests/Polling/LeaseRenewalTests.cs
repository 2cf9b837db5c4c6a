using System.Threading.Channels;
using MailIngest.Ledger;
using MailIngest.Polling;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailIngest.Tests.Polling;

/// <summary>A lease is renewed for as long as its poll runs; only its loss ends that, and no failure of it becomes the poll's.</summary>
public sealed class LeaseRenewalTests
{
    static readonly TimeSpan Period = TimeSpan.FromSeconds(30);

    readonly FakeTimeProvider _clock = new(A.Noon);
    readonly Channel<int> _renewals = Channel.CreateUnbounded<int>();
    int _count;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_ledger_that_fails_for_a_while_does_not_end_the_renewing()
    {
        await using var renewal = Start(n => n <= 3 ? throw new LedgerException("The ledger is locked.", isTransient: true) : Task.CompletedTask);

        for (var n = 1; n <= 5; n++)
            Assert.Equal(n, await TickAsync());
    }

    [Fact]
    public async Task The_loss_of_the_lease_ends_it()
    {
        await using var renewal = Start(_ => throw new LeaseLostException("office", 7));

        await TickAsync();
        await renewal.Ended.WaitAsync(Stop);

        _clock.Advance(10 * Period);
        Assert.Equal(1, _count);
    }

    [Fact]
    public async Task The_end_of_the_poll_ends_it_even_in_the_middle_of_a_renewal()
    {
        var renewal = LeaseRenewal.Start(RenewAsync, Period, _clock);
        await TickAsync();

        await renewal.DisposeAsync();

        Assert.True(renewal.Ended.IsCompleted);

        async Task RenewAsync(CancellationToken over)
        {
            _renewals.Writer.TryWrite(++_count);
            await Task.Delay(Timeout.InfiniteTimeSpan, _clock, over);
        }
    }

    [Fact]
    public async Task Whatever_a_renewal_throws_does_not_take_the_place_of_the_result_of_the_poll()
    {
        Assert.Equal("the result", await PollAsync());

        async Task<string> PollAsync()
        {
            await using var renewal = Start(_ => throw new ObjectDisposedException("ledger"));
            await TickAsync();
            return "the result";
        }
    }

    LeaseRenewal Start(Func<int, Task> renew) => LeaseRenewal.Start(
        _ =>
        {
            _renewals.Writer.TryWrite(++_count);
            return renew(_count);
        },
        Period, _clock);

    /// <summary>Lets one period pass; the number of the renewal that follows.</summary>
    async Task<int> TickAsync()
    {
        _clock.Advance(Period);
        return await _renewals.Reader.ReadAsync(Stop);
    }
}
