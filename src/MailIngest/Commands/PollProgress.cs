using System.Globalization;
using MailIngest.Polling;

namespace MailIngest.Commands;

/// <summary>Draws how far the running polls are, a few times a second: messages, octets, rate.</summary>
sealed class PollProgress : IAsyncDisposable
{
    static readonly TimeSpan Period = TimeSpan.FromMilliseconds(200);

    readonly TerminalLine _line;
    readonly Func<IReadOnlyCollection<PollReport>> _polls;
    readonly TimeProvider _clock;
    readonly ITimer _timer;
    readonly long _started;

    public PollProgress(TerminalLine line, Func<IReadOnlyCollection<PollReport>> polls, TimeProvider clock)
    {
        (_line, _polls, _clock, _started) = (line, polls, clock, clock.GetTimestamp());
        _timer = clock.CreateTimer(_ => _line.Draw(Text()), null, Period, Period);
    }

    string Text()
    {
        var polls = _polls();
        var (messages, octets, planned, plannedOctets) = (0L, 0L, 0L, 0L);
        foreach (var poll in polls)
        {
            var progress = poll.Progress;
            messages += progress.Messages;
            octets += progress.Octets;
            planned += progress.PlannedMessages;
            plannedOctets += progress.PlannedOctets;
        }
        var seconds = Math.Max(_clock.GetElapsedTime(_started).TotalSeconds, 0.001);
        var running = polls.Count(poll => poll.Elapsed == TimeSpan.Zero);
        return string.Create(CultureInfo.InvariantCulture,
            $"{running} of {polls.Count} mailboxes polling: {messages:N0} of {planned:N0} messages, {octets / 1e6:N1} of {plannedOctets / 1e6:N1} MB, {octets / 1e6 / seconds:N1} MB/s");
    }

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        _line.Draw("");
    }
}
