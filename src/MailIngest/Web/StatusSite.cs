using System.Text;
using MailIngest.Status;
using MailIngest.Telemetry;

namespace MailIngest.Web;

/// <summary>What is served where. Knows nothing of HTTP but paths and statuses.</summary>
/// <param name="read">Reads the worker's status.</param>
/// <param name="lastTick">When the scheduler was last seen alive; without waiting for anything.</param>
/// <param name="clock">Tells how old that is.</param>
sealed class StatusSite(Func<CancellationToken, Task<WorkerStatus>> read, Func<DateTimeOffset> lastTick, TimeProvider clock) : IDisposable
{
    readonly FreshStatus _fresh = new(read, clock);
    readonly CounterBook _counters = new();

    /// <summary>The answer to a GET.</summary>
    public async Task<Answer> AnswerAsync(string path, CancellationToken stop) => path switch
    {
        "/" => Answer.Html(StatusPage.Whole(await _fresh.ReadAsync(stop))),
        "/board" => Answer.Html(StatusFragment.Both(await _fresh.ReadAsync(stop))),
        "/livez" => Probe(Health.Live(lastTick(), clock.GetUtcNow())),
        "/readyz" => Probe(Health.Ready(await _fresh.ReadAsync(stop))),
        "/metrics" => Metrics(await _fresh.ReadAsync(stop)),
        _ => Answer.Plain(404, "Not found. There is /, /livez, /readyz and /metrics.\n"),
    };

    static Answer Probe(Health health) => Answer.Plain(health.IsWell ? 200 : 503, health.Text);

    Answer Metrics(WorkerStatus status)
    {
        var counted = _counters.Read(Instruments.AtZero([.. status.Mailboxes.Select(mailbox => mailbox.Mailbox)]));
        return new(200, PrometheusText.ContentType,
            Encoding.UTF8.GetBytes(PrometheusText.Of(StatusGauges.Of(status), WorkerVersion.Text, counted)));
    }

    public void Dispose()
    {
        _counters.Dispose();
        _fresh.Dispose();
    }
}
