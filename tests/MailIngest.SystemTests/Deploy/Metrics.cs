using System.Text.RegularExpressions;

namespace MailIngest.SystemTests.Deploy;

/// <summary>Every metric that /metrics prints, under the name that Prometheus stores: what alerts and dashboard may use.</summary>
internal static partial class Metrics
{
    /// <summary>By name; a histogram stands once, without its _bucket, _sum and _count.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> Labels = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["mailingest_build_info"] = ["version"],
        ["mailingest_mailbox_last_success_timestamp_seconds"] = ["mailbox"],
        ["mailingest_mailbox_last_attempt_timestamp_seconds"] = ["mailbox"],
        ["mailingest_session_total"] = ["mailbox", "result"],
        ["mailingest_session_duration_seconds"] = ["mailbox", "le"],
        ["mailingest_consecutive_failures"] = ["mailbox"],
        ["mailingest_messages_total"] = ["mailbox", "outcome"],
        ["mailingest_message_bytes_total"] = ["mailbox"],
        ["mailingest_backlog_messages"] = ["mailbox"],
        ["mailingest_backlog_bytes"] = ["mailbox"],
        ["mailingest_oldest_unstored_age_seconds"] = ["mailbox"],
        ["mailingest_store_request_total"] = ["op", "result"],
        ["mailingest_store_request_duration_seconds"] = ["op", "le"],
        ["mailingest_store_recovered_total"] = ["how"],
        ["mailingest_ledger_error_total"] = [],
        ["mailingest_uidl_anomaly_total"] = ["mailbox", "kind"],
        ["mailingest_auth_failure_total"] = ["mailbox"],
        ["mailingest_tls_certificate_expiry_timestamp_seconds"] = ["mailbox"],
        ["mailingest_quarantined_messages"] = ["mailbox"],
        ["mailingest_config_last_reload_successful"] = [],
        ["mailingest_config_last_reload_timestamp_seconds"] = [],
        ["mailingest_lease_lost_total"] = [],
        ["mailingest_invariant_violation_total"] = [],
    };

    /// <summary>The names of ours in a text, a histogram's parts under the histogram's name.</summary>
    public static IReadOnlySet<string> In(string text) =>
        Name().Matches(text).Select(match => Whole(match.Value)).ToHashSet(StringComparer.Ordinal);

    static string Whole(string name)
    {
        var whole = Part().Replace(name, "");
        return Labels.TryGetValue(whole, out var labels) && labels.Contains("le") ? whole : name;
    }

    [GeneratedRegex("mailingest_[a-z_]+")]
    private static partial Regex Name();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex Part();
}
