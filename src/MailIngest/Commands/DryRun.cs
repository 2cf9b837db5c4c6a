using MailIngest.Ledger;
using MailIngest.Mailboxes;
using MailIngest.Polling;

namespace MailIngest.Commands;

/// <summary>
/// <c>once --dry-run</c>: signs in, lists, decides as a poll does, and prints the plan. No RETR, no DELE, nothing is written to ledger or
/// store (but that a password was refused, which is counted so that the account is not locked); QUIT then commits nothing.
/// </summary>
static class DryRun
{
    public static Task<int> RunAsync(FileInfo settings, IReadOnlyList<string> names) =>
        CommandHost.RunAsync(settings, names, null, async (configuration, mailboxes, logs, interruption) =>
        {
            var stop = interruption.Enough;
            await using var ledger = await LedgerAccess.OpenExistingAsync(configuration.Settings.Ledger, stop);
            var codes = new List<int>();
            foreach (var mailbox in mailboxes)
            {
                codes.Add(await MaildropVisit.RunAsync(mailbox, ledger, null, logs.CreateLogger("MailIngest"), async session =>
                {
                    var listing = await session.ListMaildropAsync(stop);
                    IReadOnlyList<LedgerRow> rows = ledger is null ? [] : await ledger.ReadAsync(mailbox.Id, stop);
                    await session.QuitAsync(stop);
                    Print(PollPlan.Decide(listing, rows, mailbox, new PollBudget(mailbox).ForSession(), new HashSet<string>(), alone: false,
                        TimeProvider.System.GetUtcNow()), mailbox);
                }, stop));
            }
            return ExitCode.Worst(codes);
        });

    static void Print(PollPlan plan, Mailbox mailbox)
    {
        foreach (var message in plan.Messages)
            Console.WriteLine($"{mailbox.Id}: {PlanText.Of(message, mailbox)}");
        Console.WriteLine(PlanText.Summary(plan, mailbox));
    }
}
