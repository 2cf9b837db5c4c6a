using System.Threading.Channels;
using MailIngest.Commands;
using MailIngest.Ledger;
using MailIngest.Tests.Polling;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailIngest.Tests.Commands;

/// <summary>What has been gone for 90 days is forgotten at the start and daily; a failure of that is a warning and no more.</summary>
public sealed class ForgettingTests
{
    readonly FakeTimeProvider _clock = new(A.Noon);
    readonly CapturedLog _log = new();
    readonly Channel<TimeSpan> _asked = Channel.CreateUnbounded<TimeSpan>();

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_happens_at_the_start_and_then_every_day_until_the_end()
    {
        using var end = new CancellationTokenSource();
        var forgetting = Forgetting().DailyAsync(end.Token);

        Assert.Equal(TimeSpan.FromDays(90), await _asked.Reader.ReadAsync(Stop));
        _clock.Advance(TimeSpan.FromHours(23));
        Assert.False(_asked.Reader.TryRead(out _));
        for (var day = 0; day < 3; day++)
        {
            _clock.Advance(TimeSpan.FromDays(1));
            Assert.Equal(TimeSpan.FromDays(90), await _asked.Reader.ReadAsync(Stop));
        }

        await end.CancelAsync();
        await forgetting;
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task A_ledger_that_fails_is_a_warning_and_asked_again_the_next_day()
    {
        using var end = new CancellationTokenSource();
        var forgetting = Forgetting(() => throw new LedgerException("The ledger is locked.", isTransient: true)).DailyAsync(end.Token);
        await _asked.Reader.ReadAsync(Stop);

        _clock.Advance(TimeSpan.FromDays(1));
        await _asked.Reader.ReadAsync(Stop);

        await end.CancelAsync();
        await forgetting;
        Assert.Equal(2, _log.Lines.Count);
        Assert.All(_log.Lines, line => Assert.EndsWith("The ledger is locked.", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_interruption_is_not_worth_a_word()
    {
        using var end = new CancellationTokenSource();
        await end.CancelAsync();

        await Forgetting(end.Token.ThrowIfCancellationRequested).OnceAsync(end.Token);

        Assert.Empty(_log.Lines);
    }

    Forgetting Forgetting(Action? failure = null) => new(
        (age, _) =>
        {
            _asked.Writer.TryWrite(age);
            failure?.Invoke();
            return Task.CompletedTask;
        },
        _clock, _log);
}
