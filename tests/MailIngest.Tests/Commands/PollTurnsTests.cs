using MailIngest.Commands;
using MailIngest.Ledger;
using MailIngest.Polling;
using MailIngest.Settings;
using MailIngest.Status;
using MailIngest.Tests.Polling;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailIngest.Tests.Commands;

/// <summary>A poll of <c>run</c>: waits for its turn, is shown while it runs, is counted, and is not begun once it is enough.</summary>
public sealed class PollTurnsTests : IAsyncLifetime
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mailingest-turns-");
    readonly FakeTimeProvider _clock = new(A.Noon);
    readonly CancellationTokenSource _enough = new();
    readonly CancellationTokenSource _stop = new();
    UniqueIdLedger _ledger = null!;
    StatusBoard _board = null!;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _ledger = await UniqueIdLedger.OpenAsync(Path.Combine(_folder.FullName, "ledger.db"), _clock, Stop);
        _board = new(_ledger, () => null, _clock);
        _board.Configure([A.Mailbox()], []);
    }

    public async ValueTask DisposeAsync()
    {
        await _ledger.DisposeAsync();
        _enough.Dispose();
        _stop.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_mailbox_is_shown_as_polled_while_it_is_and_no_longer()
    {
        var end = new TaskCompletionSource<PollReport>();
        var turns = Turns((_, _) => end.Task);
        var poll = turns.PollAsync(A.Mailbox(), A.Noon);
        Assert.Equal(MailboxState.Polling, await StateAsync());

        end.SetResult(new("sales"));
        Assert.False((await poll).Interrupted);
        Assert.NotEqual(MailboxState.Polling, await StateAsync());
        Assert.Equal((1, 0), (turns.Polls, turns.Dropped));
    }

    [Fact]
    public async Task A_poll_that_throws_is_not_shown_for_ever_and_gives_its_turn_back()
    {
        var turns = Turns((_, _) => throw new InvalidOperationException("a bug"));
        for (var time = 1; time <= 3; time++)
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => turns.PollAsync(A.Mailbox(), A.Noon));
            Assert.NotEqual(MailboxState.Polling, await StateAsync());
            Assert.Equal((time, 0), (turns.Polls, turns.Dropped));
        }
    }

    [Fact]
    public async Task A_poll_that_was_dropped_where_it_stood_is_counted_and_one_that_failed_is_not()
    {
        var turns = Turns((report, stop) =>
        {
            report.Failure = stop.IsCancellationRequested ? new(PollResult.Interrupted, ExitCode.Temporary, "dropped")
                : new(PollResult.Network, ExitCode.Unavailable, "no network");
            return Task.FromResult(report);
        });
        Assert.Equal(PollResult.Network, (await turns.PollAsync(A.Mailbox(), A.Noon)).Result);
        Assert.Equal((1, 0), (turns.Polls, turns.Dropped));

        await _stop.CancelAsync();
        Assert.Equal(PollResult.Interrupted, (await turns.PollAsync(A.Mailbox(), A.Noon)).Result);
        Assert.Equal((2, 1), (turns.Polls, turns.Dropped));
    }

    [Fact]
    public async Task Whoever_waits_for_a_turn_when_it_is_enough_is_not_polled_and_was_only_interrupted()
    {
        var end = new TaskCompletionSource<PollReport>();
        var turns = Turns((_, _) => end.Task);
        var running = turns.PollAsync(A.Mailbox(), A.Noon);
        var waiting = turns.PollAsync(A.Mailbox() with { Id = "orders" }, A.Noon);

        await _enough.CancelAsync();
        Assert.True((await waiting).Interrupted);
        Assert.False(running.IsCompleted);
        end.SetResult(new("sales"));
        Assert.False((await running).Interrupted);
        Assert.Equal((1, 0), (turns.Polls, turns.Dropped));
    }

    /// <summary>One poll at a time.</summary>
    PollTurns Turns(Func<PollReport, CancellationToken, Task<PollReport>> poll) => new(
        new SessionSlots(new LimitSettings { Sessions = 1, SessionsPerHost = 1 }), _board, (_, report, _, stop) => poll(report, stop),
        _enough.Token, _stop.Token);

    async Task<MailboxState> StateAsync() => (await _board.ReadAsync(Stop)).Mailboxes.Single().State;
}
