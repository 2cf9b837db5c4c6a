using MailIngest.Polling;
using MailIngest.Settings;
using MailIngest.Status;
using MailIngest.Telemetry;
using MailIngest.Tests.Polling;
using MailIngest.Tests.Web;
using Xunit;

namespace MailIngest.Tests.Telemetry;

/// <summary>
/// What Prometheus reads. The mailboxes have names of their own: the instruments are the process's, and other tests poll too.
/// </summary>
public sealed class MetricsTests : IDisposable
{
    static readonly DateTimeOffset Now = SampleStatus.Now;

    static readonly string[] Names =
    [
        "mailingest_auth_failure_total counter",
        "mailingest_backlog_bytes gauge",
        "mailingest_backlog_messages gauge",
        "mailingest_build_info gauge",
        "mailingest_config_last_reload_successful gauge",
        "mailingest_config_last_reload_timestamp_seconds gauge",
        "mailingest_consecutive_failures gauge",
        "mailingest_invariant_violation_total counter",
        "mailingest_lease_lost_total counter",
        "mailingest_ledger_error_total counter",
        "mailingest_mailbox_last_attempt_timestamp_seconds gauge",
        "mailingest_mailbox_last_success_timestamp_seconds gauge",
        "mailingest_message_bytes_total counter",
        "mailingest_messages_total counter",
        "mailingest_oldest_unstored_age_seconds gauge",
        "mailingest_quarantined_messages gauge",
        "mailingest_session_duration_seconds histogram",
        "mailingest_session_total counter",
        "mailingest_store_recovered_total counter",
        "mailingest_store_request_duration_seconds histogram",
        "mailingest_store_request_total counter",
        "mailingest_tls_certificate_expiry_timestamp_seconds gauge",
        "mailingest_uidl_anomaly_total counter",
    ];

    readonly CounterBook _book = new();

    [Fact]
    public void The_names_are_those_that_alerts_and_dashboards_know() =>
        Assert.Equal(Names, Text(SampleStatus.Of()).Split('\n')
            .Where(line => line.StartsWith("# TYPE ", StringComparison.Ordinal)).Select(line => line[7..]).Order(StringComparer.Ordinal));

    [Fact]
    public void A_poll_is_counted_once_in_each_of_its_facts()
    {
        var report = new PollReport("counted") { Deleted = 4 };
        report.Anomaly("reused");
        report.Anomaly("reused");
        report.Duplicate();
        report.Quarantined();
        report.Complete(TimeSpan.FromSeconds(0.3));
        PollMetrics.Record(report, Now);
        PollMetrics.Record(report, Now);

        var lines = Lines(SampleStatus.Of(SampleStatus.Mailbox("counted")), "counted");
        Assert.Contains("mailingest_session_total{mailbox=\"counted\",result=\"ok\"} 2", lines);
        Assert.Contains("mailingest_messages_total{mailbox=\"counted\",outcome=\"deleted\"} 8", lines);
        Assert.Contains("mailingest_messages_total{mailbox=\"counted\",outcome=\"stored\"} 0", lines);
        Assert.Contains("mailingest_messages_total{mailbox=\"counted\",outcome=\"duplicate\"} 2", lines);
        Assert.Contains("mailingest_messages_total{mailbox=\"counted\",outcome=\"quarantined\"} 2", lines);
        Assert.Contains("mailingest_uidl_anomaly_total{mailbox=\"counted\",kind=\"reused\"} 4", lines);
        Assert.Contains("mailingest_auth_failure_total{mailbox=\"counted\"} 0", lines);
    }

    [Theory]
    [InlineData(PollResult.Auth, ExitCode.SignInRefused, "auth", 1)]
    [InlineData(PollResult.Auth, ExitCode.Configuration, "auth", 0)] // its secret cannot be read: nobody was asked
    [InlineData(PollResult.Network, ExitCode.Unavailable, "network", 0)]
    [InlineData(PollResult.Store, ExitCode.Temporary, "store", 0)]
    public void A_failure_is_counted_under_its_result_and_a_refused_sign_in_by_itself(
        PollResult result, int code, string label, int refusals)
    {
        var mailbox = $"failed-{label}-{code}";
        PollMetrics.Record(new(mailbox) { Failure = new(result, code, "no"), CredentialsRefused = refusals > 0 }, Now);

        var lines = Lines(SampleStatus.Of(SampleStatus.Mailbox(mailbox)), mailbox);
        Assert.Contains($"mailingest_session_total{{mailbox=\"{mailbox}\",result=\"{label}\"}} 1", lines);
        Assert.Contains($"mailingest_auth_failure_total{{mailbox=\"{mailbox}\"}} {refusals}", lines);
    }

    [Fact]
    public void Every_result_has_its_label()
    {
        foreach (var result in Enum.GetValues<PollResult>())
            Assert.Equal(result == PollResult.Ok ? "ok" : result.ToString().ToLowerInvariant(),
                PollMetrics.ResultOf(new("any") { Failure = new(result, 75, "no") }));
    }

    [Fact]
    public void What_an_alert_waits_for_is_zero_before_it_happens_the_first_time()
    {
        var lines = Lines(SampleStatus.Of(SampleStatus.Mailbox("quiet")), "");
        Assert.Contains(lines, line => line.StartsWith("mailingest_invariant_violation_total ", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("mailingest_ledger_error_total ", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("mailingest_lease_lost_total ", StringComparison.Ordinal));
        Assert.Contains(lines, line =>
            line.StartsWith("mailingest_store_request_total{op=\"commit\",result=\"transient\"} ", StringComparison.Ordinal));
        Assert.Contains("mailingest_uidl_anomaly_total{mailbox=\"quiet\",kind=\"missing\"} 0", lines);
    }

    [Fact]
    public void The_gauges_are_the_mailboxs_status_in_numbers()
    {
        var mailbox = SampleStatus.Mailbox("gauged", MailboxState.Failing) with
        {
            Failures = 3, Unstored = new(5, 1_234, Now.AddMinutes(-30), 2),
                CertificateExpires = DateTimeOffset.UnixEpoch.AddSeconds(2_000_000_000),
        };
        var lines = Lines(SampleStatus.Of(mailbox) with { Problems = [new ConfigProblem("a.json", 1, null, "is wrong")] }, "");
        foreach (var expected in (string[])[
            $"mailingest_mailbox_last_success_timestamp_seconds{{mailbox=\"gauged\"}} {Now.ToUnixTimeSeconds() - 60}",
            "mailingest_consecutive_failures{mailbox=\"gauged\"} 3", "mailingest_backlog_messages{mailbox=\"gauged\"} 5",
            "mailingest_backlog_bytes{mailbox=\"gauged\"} 1234", "mailingest_oldest_unstored_age_seconds{mailbox=\"gauged\"} 1800",
            "mailingest_quarantined_messages{mailbox=\"gauged\"} 2",
                "mailingest_tls_certificate_expiry_timestamp_seconds{mailbox=\"gauged\"} 2000000000",
            "mailingest_config_last_reload_successful 0",
                $"mailingest_config_last_reload_timestamp_seconds {Now.AddHours(-2).ToUnixTimeSeconds()}"])
            Assert.Contains(expected, lines);
    }

    [Fact]
    public void A_mailbox_that_never_succeeded_has_no_time_of_success_and_a_disabled_one_has_nothing()
    {
        var lines = Lines(SampleStatus.Of(
            SampleStatus.Mailbox("never", MailboxState.New) with { LastSuccess = null, LastAttempt = null },
                SampleStatus.Mailbox("off", MailboxState.Disabled)), "");
        Assert.DoesNotContain(lines, line => line.Contains("last_success", StringComparison.Ordinal) && line[0] != '#');
        Assert.DoesNotContain(lines, line => line.Contains("consecutive_failures{mailbox=\"off\"", StringComparison.Ordinal));
    }

    [Fact]
    public void A_histogram_counts_upwards_and_ends_with_all()
    {
        var buckets = Lines(SampleStatus.Of(), "")
            .Where(line => line.StartsWith("mailingest_session_duration_seconds_bucket{le=", StringComparison.Ordinal))
            .Select(line => long.Parse(line[(line.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(buckets.Order(), buckets);
    }

    [Fact]
    public void A_label_is_escaped() => Assert.Equal("mailbox=\"a\\\\b\\\"c\\nd\"", PrometheusName.Labels(("mailbox", "a\\b\"c\nd")));

    [Fact]
    public async Task A_real_poll_is_counted()
    {
        await using var world = await PollWorld.CreateAsync(mailbox: mailbox => mailbox with { Id = "really-polled" });
        world.Deliver(1);
        await world.PollAsync();

        var lines = Lines(SampleStatus.Of(SampleStatus.Mailbox("really-polled")), "really-polled");
        Assert.Contains("mailingest_session_total{mailbox=\"really-polled\",result=\"ok\"} 1", lines);
        Assert.Contains("mailingest_messages_total{mailbox=\"really-polled\",outcome=\"stored\"} 1", lines);
        Assert.Contains("mailingest_messages_total{mailbox=\"really-polled\",outcome=\"deleted\"} 1", lines);
    }

    string[] Lines(WorkerStatus status, string mailbox) =>
        [.. Text(status).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => line.Contains(mailbox, StringComparison.Ordinal))];

    string Text(WorkerStatus status) => PrometheusText.Of(
        StatusGauges.Of(status), "0.0.0", _book.Read(Instruments.AtZero([.. status.Mailboxes.Select(mailbox => mailbox.Mailbox)])));

    public void Dispose() => _book.Dispose();
}
