using MailIngest.Telemetry;

namespace MailIngest.Status;

/// <summary>What the worker's status says in numbers, for Prometheus and OTLP. Times are seconds since 1970.</summary>
static class StatusGauges
{
    /// <summary>
    /// A mailbox that was never polled has no time of its last poll: no reading says so, a zero would lie. One that is disabled has no
    /// readings: nobody is to be called because it is not polled.
    /// </summary>
    public static IReadOnlyList<Gauge> Of(WorkerStatus status) =>
    [
        PerMailbox(status, "mailingest.mailbox.last_success_timestamp", "s", "When a poll last ended well.",
            mailbox => Seconds(mailbox.LastSuccess)),
        PerMailbox(status, "mailingest.mailbox.last_attempt_timestamp", "s", "When the mailbox was last polled.",
            mailbox => Seconds(mailbox.LastAttempt)),
        PerMailbox(status, "mailingest.consecutive_failures", null, "Polls that failed since the last that ended well.",
            mailbox => mailbox.Failures),
        PerMailbox(status, "mailingest.backlog_messages", null, "Messages listed by the server that wait to be stored.",
            mailbox => mailbox.Unstored.Messages),
        PerMailbox(status, "mailingest.backlog", "By", "Their octets, by the server's listing.", mailbox => mailbox.Unstored.Octets),
        PerMailbox(status, "mailingest.oldest_unstored_age", "s",
            "How long the oldest of them has waited since it was first listed; 0 when none waits.",
            mailbox => mailbox.OldestUnstoredAge(status.At).TotalSeconds),
        PerMailbox(status, "mailingest.quarantined_messages", null, "Messages that wait for a person.",
            mailbox => mailbox.Unstored.Quarantined),
        PerMailbox(status, "mailingest.tls_certificate_expiry_timestamp", "s", "When the mail server's certificate expires, as seen last.",
            mailbox => Seconds(mailbox.CertificateExpires)),
        new("mailingest.config_last_reload_successful", null, "Whether every configuration file is in force as it stands on disk.",
            [new(null, status.Problems.Count == 0 ? 1 : 0)]),
        new("mailingest.config_last_reload_timestamp", "s", "When the configuration was last taken over whole.",
            [new(null, Seconds(status.LastReload)!.Value)]),
    ];

    static Gauge PerMailbox(WorkerStatus status, string name, string? unit, string description, Func<MailboxStatus, double?> value) =>
        new(name, unit, description, [.. from mailbox in status.Mailboxes
                                        where mailbox.State != MailboxState.Disabled
                                        let reading = value(mailbox)
                                        where reading is not null
                                        select new GaugeReading(mailbox.Mailbox, reading.Value)]);

    static double? Seconds(DateTimeOffset? time) => (time - DateTimeOffset.UnixEpoch)?.TotalSeconds;
}
