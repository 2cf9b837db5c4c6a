using Quartz;
using Quartz.Extensibility;

namespace MailIngest.Polling;

/// <summary>Quartz's door to a poll: one job per mailbox, never two polls of one mailbox at once. Never throws.</summary>
[DisallowConcurrentExecution]
public sealed class PollJob(Func<string, Task> poll) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken) =>
        await poll(context.JobDetail.Key.Name);

    /// <summary>The sign of life that only a scheduler gives that really fires.</summary>
    [DisallowConcurrentExecution]
    internal sealed class Heartbeat(Func<Task> beat) : IJob
    {
        public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken) => await beat();
    }

    /// <summary>Makes the jobs when they fire.</summary>
    internal sealed class Factory(Func<string, Task> poll, Func<Task> beat) : IJobFactory
    {
        public ValueTask<JobScope> CreateJob(TriggerFiredBundle bundle, IScheduler scheduler, CancellationToken cancellationToken) =>
            new(new JobScope(bundle.JobDetail.JobType.Type == typeof(PollJob) ? new PollJob(poll) : new Heartbeat(beat)));

        public ValueTask ReturnJob(JobScope scope, CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }
}
