using System.Text;
using MailIngest.Pop3;
using MailIngest.Status;

namespace MailIngest.Web;

/// <summary>What a probe is told: whether all is well, and what is not.</summary>
/// <param name="IsWell">200 or 503.</param>
/// <param name="Text">One line for each part.</param>
sealed record Health(bool IsWell, string Text)
{
    /// <summary>The scheduler is expected to be seen so often.</summary>
    public static readonly TimeSpan TickPeriod = TimeSpan.FromSeconds(10);

    /// <summary>Longer than this without a tick, and only a restart helps.</summary>
    public static readonly TimeSpan LongestSilence = 3 * TickPeriod;

    /// <summary>
    /// Whether the process is alive: its scheduler, not the mail servers, the store or the ledger, which no restart repairs.
    /// </summary>
    public static Health Live(DateTimeOffset lastTick, DateTimeOffset now)
    {
        var silence = now - lastTick;
        return silence <= LongestSilence
            ? new(true, "live\n")
            : new(false, $"not live: the scheduler was last seen {RelativeTime.Length(silence)} ago\n");
    }

    /// <summary>
    /// Whether the worker can do its work. A wrong configuration file is named and leaves the worker ready: its last good version is in
    /// force, and the other mailboxes must not suffer for it.
    /// </summary>
    public static Health Ready(WorkerStatus status)
    {
        var ready = status.StoreProblem is null && status.LedgerProblem is null;
        var text = new StringBuilder(ready ? "ready\n" : "not ready\n");
        Part(text, "configuration",
            status.Problems.Count == 0 ? null : $"the last good version is in force; to correct: {string.Join("; ", status.Problems)}");
        Part(text, "ledger", status.LedgerProblem);
        Part(text, "blob store", status.StoreProblem);
        return new(ready, text.ToString());
    }

    static void Part(StringBuilder text, string part, string? problem) =>
        text.Append(part).Append(": ").Append(problem is null ? "ok" : HostileText.Escape(problem, 2_000)).Append('\n');
}
