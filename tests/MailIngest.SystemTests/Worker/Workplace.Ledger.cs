extern alias worker;

using worker::MailIngest.Ledger;

namespace MailIngest.SystemTests.Worker;

/// <content>The ledger, read while no worker has it open. Reading one that a killed worker left mends it, as the next run would.</content>
internal sealed partial class Workplace
{
    public async Task<IReadOnlyList<LedgerRow>> RowsAsync(string mailbox, CancellationToken stop)
    {
        await using var ledger = await UniqueIdLedger.OpenAsync(LedgerFile, TimeProvider.System, stop);
        return await ledger.ReadAsync(mailbox, stop);
    }
}
