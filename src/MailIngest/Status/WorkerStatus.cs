using MailIngest.Settings;

namespace MailIngest.Status;

/// <summary>How the whole worker is, at one moment.</summary>
/// <param name="At">That moment.</param>
/// <param name="Started">When the process began.</param>
/// <param name="LastTick">When the scheduler was last seen alive.</param>
/// <param name="LastReload">When the configuration was last taken over whole.</param>
/// <param name="Problems">What is wrong in configuration files now; the last good versions are in force.</param>
/// <param name="StoreProblem">Why the blob store cannot be used, or null.</param>
/// <param name="LedgerProblem">Why the ledger cannot be read, or null.</param>
/// <param name="Mailboxes">In the order of their ids; empty when the ledger cannot be read.</param>
sealed record WorkerStatus(
    DateTimeOffset At, DateTimeOffset Started, DateTimeOffset LastTick, DateTimeOffset LastReload, IReadOnlyList<ConfigProblem> Problems,
    string? StoreProblem, string? LedgerProblem, IReadOnlyList<MailboxStatus> Mailboxes);
