using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace MailIngest.Telemetry;

/// <summary>Every instrument that the worker counts with. Nothing is collected unless a web server or an OTLP push listens.</summary>
/// <remarks>
/// The only label that names anything is <c>mailbox</c>, an operator's word: what a server or sender wrote is never a label.
/// </remarks>
static class Instruments
{
    /// <summary>The name of the meter and of the activity source.</summary>
    public const string Name = "MailIngest";

    static readonly Meter Meter = new(Name);

    /// <summary>One activity for each poll.</summary>
    public static readonly ActivitySource Polls = new(Name);

    /// <summary>Labels: mailbox, result (<see cref="Polling.PollResult"/> in lower case).</summary>
    public static readonly Counter<long> Sessions = Meter.CreateCounter<long>(
        "mailingest.session", description: "Polls, by how they ended.");

    public static readonly Histogram<double> SessionDuration = Meter.CreateHistogram(
        "mailingest.session.duration", "s", "How long polls take.",
        tags: null, new InstrumentAdvice<double>
            { HistogramBucketBoundaries = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600] });

    /// <summary>Labels: mailbox, outcome (stored, duplicate, quarantined, deleted).</summary>
    public static readonly Counter<long> Messages = Meter.CreateCounter<long>(
        "mailingest.messages", description: "Messages, by what became of them.");

    /// <summary>Label: mailbox.</summary>
    public static readonly Counter<long> MessageBytes = Meter.CreateCounter<long>(
        "mailingest.message", "By", "Octets of the messages stored.");

    /// <summary>Labels: op (commit, find, read, probe), result (ok, transient, error).</summary>
    public static readonly Counter<long> StoreRequests = Meter.CreateCounter<long>(
        "mailingest.store.request", description: "Requests to the blob store.");

    /// <summary>Label: op.</summary>
    public static readonly Histogram<double> StoreRequestDuration = Meter.CreateHistogram("mailingest.store.request.duration", "s",
        "How long requests to the blob store take.",
        tags: null, new InstrumentAdvice<double>
            { HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30] });

    /// <summary>Label: how (head, eexist, intent).</summary>
    public static readonly Counter<long> StoreRecovered = Meter.CreateCounter<long>("mailingest.store.recovered",
        description: "Copies of our own that were found to be stored already.");

    public static readonly Counter<long> LedgerErrors = Meter.CreateCounter<long>(
        "mailingest.ledger.error", description: "Polls that the ledger failed.");

    /// <summary>Labels: mailbox, kind (reused, duplicate, changed, missing).</summary>
    public static readonly Counter<long> UniqueIdAnomalies = Meter.CreateCounter<long>("mailingest.uidl.anomaly",
        description: "Unique-ids that break RFC 1939 section 7.");

    /// <summary>Label: mailbox.</summary>
    public static readonly Counter<long> SignInFailures = Meter.CreateCounter<long>(
        "mailingest.auth.failure", description: "Sign-ins refused for user or password.");

    public static readonly Counter<long> LeasesLost = Meter.CreateCounter<long>(
        "mailingest.lease.lost", description: "Leases that another worker took while we polled.");

    public static readonly Counter<long> InvariantViolations = Meter.CreateCounter<long>("mailingest.invariant.violation",
        description: "Polls whose report does not reconcile, and bugs that ended a poll: must be 0.");

    /// <summary>
    /// The series that exist before anything happened: a counter that appears with its first event hides that event from <c>increase()</c>.
    /// </summary>
    /// <param name="mailboxes">The mailboxes in force.</param>
    public static IEnumerable<(Instrument Counter, (string Label, string Value)[] Labels)> AtZero(IReadOnlyCollection<string> mailboxes)
    {
        foreach (var plain in (Instrument[])[LedgerErrors, LeasesLost, InvariantViolations])
            yield return (plain, []);
        foreach (var op in (string[])["commit", "find", "read", "probe"])
            foreach (var result in (string[])["ok", "transient", "error"])
                yield return (StoreRequests, [("op", op), ("result", result)]);
        foreach (var how in (string[])["head", "eexist", "intent"])
            yield return (StoreRecovered, [("how", how)]);
        foreach (var mailbox in mailboxes)
        {
            yield return (Sessions, [("mailbox", mailbox), ("result", "ok")]);
            yield return (MessageBytes, [("mailbox", mailbox)]);
            yield return (SignInFailures, [("mailbox", mailbox)]);
            foreach (var outcome in (string[])["stored", "duplicate", "quarantined", "deleted"])
                yield return (Messages, [("mailbox", mailbox), ("outcome", outcome)]);
            foreach (var kind in (string[])["reused", "duplicate", "changed", "missing"])
                yield return (UniqueIdAnomalies, [("mailbox", mailbox), ("kind", kind)]);
        }
    }
}
