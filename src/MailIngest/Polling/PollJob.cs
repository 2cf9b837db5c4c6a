using MailIngest.Mailboxes;
using Quartz;

namespace MailIngest.Polling;

/// <summary>Quartz's door to a poll: one job per mailbox, never two polls of one mailbox at once.</summary>
[DisallowConcurrentExecution]
public sealed class PollJob(Func<Mailbox, CancellationToken, Task> poll, Mailbox mailbox) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken) => await poll(mailbox, cancellationToken);
}
