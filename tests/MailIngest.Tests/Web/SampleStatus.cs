using MailIngest.Ledger;
using MailIngest.Status;
using MailIngest.Tests.Polling;

namespace MailIngest.Tests.Web;

/// <summary>A worker of whom all is known and nothing is wrong; change it with <c>with</c>.</summary>
static class SampleStatus
{
    public static readonly DateTimeOffset Now = A.Noon;

    public static WorkerStatus Of(params MailboxStatus[] mailboxes) =>
        new(Now, Now.AddHours(-3), Now.AddSeconds(-4), Now.AddHours(-2), [], null, null, mailboxes);

    public static MailboxStatus Mailbox(string id, MailboxState state = MailboxState.Ok) =>
        new(id, state, Now.AddMinutes(-1), Now.AddMinutes(-1), Now.AddMinutes(4), 0, Unstored.None, null, null);
}
