using MailIngest.Commands;
using MailIngest.Tests.Polling;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailIngest.Tests.Commands;

/// <summary>The first signal asks, the second drops, the third ends; and the grace time does the same when nobody sends them.</summary>
public sealed class InterruptionTests : IDisposable
{
    readonly FakeTimeProvider _clock = new();
    readonly CapturedLog _log = new();
    readonly List<int> _exits = [];
    readonly Interruption _interruption;

    public InterruptionTests() => _interruption = new(TimeSpan.FromSeconds(25), _clock, _log, _exits.Add);

    public void Dispose() => _interruption.Dispose();

    [Fact]
    public void Nothing_happens_without_a_signal()
    {
        _clock.Advance(TimeSpan.FromDays(1));
        Assert.False(_interruption.Enough.IsCancellationRequested || _interruption.Stop.IsCancellationRequested);
        Assert.Empty(_exits);
    }

    [Fact]
    public void The_first_signal_asks_for_an_end_and_drops_what_runs_a_little_before_the_grace_time_is_over()
    {
        _interruption.Signal();
        Assert.True(_interruption.Enough.IsCancellationRequested);

        _clock.Advance(TimeSpan.FromSeconds(21.9));
        Assert.False(_interruption.Stop.IsCancellationRequested);
        _clock.Advance(TimeSpan.FromSeconds(0.2));
        Assert.True(_interruption.Stop.IsCancellationRequested);
        Assert.Empty(_exits);
    }

    [Fact]
    public void Whatever_hangs_does_not_outlive_the_grace_time()
    {
        _interruption.Signal();
        _clock.Advance(TimeSpan.FromSeconds(25));
        Assert.Equal([75], _exits);
        Assert.Contains(_log.Lines, line => line.StartsWith("something did not end in time", StringComparison.Ordinal));
    }

    [Fact]
    public void The_second_signal_drops_at_once_and_the_process_ends_soon_after()
    {
        _interruption.Signal();
        _interruption.Signal();
        Assert.True(_interruption.Stop.IsCancellationRequested);
        Assert.Empty(_exits);
        _clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal([75], _exits);
    }

    [Fact]
    public void The_third_signal_ends_the_process_there_and_then()
    {
        _interruption.Signal();
        _interruption.Signal();
        _interruption.Signal();
        Assert.Equal([75], _exits);
    }

    [Fact]
    public void A_command_that_has_ended_is_not_ended_again()
    {
        _interruption.Signal();
        _interruption.Dispose();
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Empty(_exits);
        Assert.False(_interruption.Stop.IsCancellationRequested);
    }
}
