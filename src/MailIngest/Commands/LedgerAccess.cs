using MailIngest.Ledger;
using MailIngest.Polling;
using MailIngest.Settings;
using Microsoft.Extensions.Logging;

namespace MailIngest.Commands;

/// <summary>How the verbs of a person come to the ledger, also while <c>run</c> works with it.</summary>
static class LedgerAccess
{
    static readonly TimeSpan LeaseTime = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Opens the ledger; null when there is none yet. A verb that only looks must not create it: it might belong to another account then.
    /// </summary>
    public static async Task<UniqueIdLedger?> OpenExistingAsync(LedgerSettings settings, CancellationToken stop) =>
        File.Exists(settings.File) ? await UniqueIdLedger.OpenAsync(settings.File, TimeProvider.System, stop) : null;

    /// <summary>
    /// Warns of a ledger that does not survive a reboot. No refusal: to try something out, a folder in memory is good enough.
    /// </summary>
    /// <exception cref="LedgerException">Its file system cannot be asked.</exception>
    public static void WarnIfVolatile(LedgerSettings settings, ILogger log)
    {
        try
        {
            if (LedgerFolder.MemoryFileSystemOf(settings.File) is { } memory)
                log.LedgerInMemory(settings.File, memory);
        }
        catch (IOException failure)
        {
            throw new LedgerException(
                $"The ledger {settings.File} cannot be looked at ({failure.Message}): check its disk, and that this user may read it.", failure);
        }
    }

    /// <summary>The mailbox's lease, or null: a poll has it.</summary>
    public static Task<MailboxLease?> TakeAsync(UniqueIdLedger ledger, string mailbox, CancellationToken stop) =>
        ledger.TakeLeaseAsync(mailbox, WorkerIdentity.Name, LeaseTime, WorkerIdentity.HasDied, stop);

    /// <summary>Does something while no poll can touch the mailbox.</summary>
    /// <returns>The work's exit code; 75 when a poll holds the mailbox: then nothing was done, and that is printed.</returns>
    public static async Task<int> HoldAsync(
        UniqueIdLedger ledger, string mailbox, Func<MailboxLease, Task<int>> work, CancellationToken stop)
    {
        await using var lease = await TakeAsync(ledger, mailbox, stop);
        if (lease is null)
        {
            Console.WriteLine($"{mailbox}: a poll of this mailbox is running; nothing was done; try again when it has ended");
            return ExitCode.Temporary;
        }
        await using var renewal = LeaseRenewal.Start(lease, LeaseTime / 4, TimeProvider.System);
        return await work(lease);
    }
}
