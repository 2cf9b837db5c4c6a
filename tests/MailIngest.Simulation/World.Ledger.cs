using MailIngest.Simulation.Ledger;

namespace MailIngest.Simulation;

/// <content>The ledger, and what happens to it behind the workers' backs.</content>
public sealed partial class World
{
    LedgerDisk? _remembered;

    /// <summary>A ledger that is broken on purpose: when a worker dies it is as it was when that worker began.</summary>
    internal bool LedgerForgets { get; set; }

    internal LedgerDisk Disk { get; private set; }

    /// <summary>What a backup of the ledger holds now.</summary>
    internal LedgerDisk CopyLedger() => Disk.Copy();

    /// <summary>The ledger is replaced by an older copy, or by nothing. All workers are killed for that: nobody swaps it under a living
    /// one.</summary>
    internal void ReplaceLedger(LedgerDisk? copy)
    {
        KillWorkers();
        Disk.Dispose();
        Disk = copy?.Copy() ?? LedgerDisk.Empty();
        Log.Add("ledger", copy is null ? "is lost" : "is replaced by an old copy");
        Truth.LedgerReplaced();
        if (copy is not null)
            Truth.Recorded(Disk.Rows(Mailbox.Id));
    }

    void Forget()
    {
        if (_remembered is not null && !_workers.Exists(worker => !worker.IsDead && worker != _workers[^1]))
        {
            Disk.Dispose();
            Disk = _remembered;
        }
        _remembered = Disk.Copy();
    }

    /// <summary>A person releases what was put aside.</summary>
    async Task ReleaseAsync()
    {
        foreach (var row in Disk.Rows(Mailbox.Id).Where(row => row.Quarantined))
        {
            if (Worker is { Ledger: { } ledger } worker)
                await worker.Actor.RunAsync(() => ledger.ReleaseAsync(Mailbox.Id, row.Key, default));
        }
    }
}
