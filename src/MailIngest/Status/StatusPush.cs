using MailIngest.Settings;
using MailIngest.Telemetry;
using Microsoft.Extensions.Logging;

namespace MailIngest.Status;

/// <summary>
/// Sends metrics and traces to the collector of the settings: at every interval, and once more at the end. Never fails a poll.
/// </summary>
sealed class StatusPush : IAsyncDisposable
{
    readonly OtlpPush _push;
    readonly StatusBoard _board;
    readonly TimeProvider _clock;
    readonly ILogger _log;
    readonly CancellationTokenSource _end = new();
    readonly Task _pushing;
    bool _failing;

    StatusPush(OtlpPush push, StatusBoard board, TimeSpan? interval, TimeProvider clock, ILogger log)
    {
        (_push, _board, _clock, _log) = (push, board, clock, log);
        _pushing = interval is { } every ? PushAsync(new PeriodicTimer(every, clock)) : Task.CompletedTask;
    }

    /// <summary>Begins to measure for <c>run</c>: pushes at every interval.</summary>
    /// <returns>Null when the settings name no collector.</returns>
    public static Task<StatusPush?> StartAsync(
        TelemetrySettings settings, StatusBoard board, TimeProvider clock, ILogger log, CancellationToken stop) =>
        StartAsync(settings, board, settings.Interval, clock, log, stop);

    /// <summary>Begins to measure for <c>once</c>: pushes when it is disposed of.</summary>
    /// <returns>Null when the settings name no collector.</returns>
    public static Task<StatusPush?> StartForOnceAsync(
        TelemetrySettings settings, StatusBoard board, TimeProvider clock, ILogger log, CancellationToken stop) =>
        StartAsync(settings, board, null, clock, log, stop);

    static async Task<StatusPush?> StartAsync(
        TelemetrySettings settings, StatusBoard board, TimeSpan? interval, TimeProvider clock, ILogger log, CancellationToken stop) =>
        settings.OtlpEndpoint is { } endpoint
            ? new(new OtlpPush(endpoint, StatusGauges.Of(await board.ReadAsync(stop))), board, interval, clock, log)
            : null;

    async Task PushAsync(PeriodicTimer timer)
    {
        using (timer)
        {
            while (await TickAsync(timer))
                await PushAsync();
        }
    }

    async Task<bool> TickAsync(PeriodicTimer timer)
    {
        try
        {
            return await timer.WaitForNextTickAsync(_end.Token);
        }
        catch (OperationCanceledException)
        {
            return false; // the last push is made by who ends this
        }
    }

    /// <summary>A failure is told when it begins, and its end when it ends.</summary>
    async Task PushAsync()
    {
        var problem = await ProblemAsync();
        if (problem is not null && !_failing)
            _log.NotPushed(problem);
        else if (problem is null && _failing)
            _log.PushedAgain();
        _failing = problem is not null;
    }

    async Task<string?> ProblemAsync()
    {
        using var patience = new CancellationTokenSource(OtlpPush.Patience, _clock);
        try
        {
            return await _push.PushAsync(StatusGauges.Of(await _board.ReadAsync(patience.Token)));
        }
        catch (OperationCanceledException)
        {
            return $"the ledger did not answer within {OtlpPush.Patience.TotalSeconds:0} s: no metrics were pushed";
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _pushing;
        await PushAsync();
        _push.Dispose();
        _end.Dispose();
    }
}
