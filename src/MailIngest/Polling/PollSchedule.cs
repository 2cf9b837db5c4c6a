using MailIngest.Mailboxes;
using Quartz;
using Quartz.Extensibility;

namespace MailIngest.Polling;

/// <summary>One Quartz job and one trigger per mailbox: by its cron expression, or so long after the end of each poll.</summary>
/// <remarks>A firing that was missed (the poll before took longer, the machine slept) is made up for once.</remarks>
public sealed class PollSchedule : IAsyncDisposable
{
    readonly IScheduler _scheduler;

    PollSchedule(IScheduler scheduler) => _scheduler = scheduler;

    /// <summary>Starts to poll.</summary>
    /// <param name="mailboxes">Each gets its own job.</param>
    /// <param name="poll">Polls one mailbox; must not throw.</param>
    /// <param name="sessions">Polls at once.</param>
    /// <param name="clock">The clock that the schedules follow.</param>
    /// <param name="stop">Ends the starting.</param>
    public static async Task<PollSchedule> StartAsync(
        IReadOnlyList<Mailbox> mailboxes, Func<Mailbox, CancellationToken, Task> poll, int sessions, TimeProvider clock, CancellationToken stop)
    {
        var jobs = mailboxes.ToDictionary(mailbox => mailbox.Id, StringComparer.Ordinal);
        var scheduler = await QuartzSchedulerBuilder.Create(quartz =>
        {
            quartz.UseTimeProvider(clock);
            quartz.UseDefaultThreadPool(sessions);
            quartz.UseJobFactory(new PollJobs(jobs, poll));
        }).BuildScheduler(stop);

        foreach (var mailbox in mailboxes)
            await scheduler.ScheduleJob(JobBuilder.Create<PollJob>().WithIdentity(mailbox.Id).Build(), Trigger(mailbox, clock), cancellationToken: stop);
        await scheduler.Start(stop);
        return new(scheduler);
    }

    static ITrigger Trigger(Mailbox mailbox, TimeProvider clock)
    {
        var trigger = TriggerBuilder.Create(clock).WithIdentity(mailbox.Id).StartNow();
        return mailbox.Schedule is { Cron: { } cron, TimeZone: var zone }
            ? trigger.WithSchedule(CronScheduleBuilder.Create(cron, CronFormat.Unix).InTimeZone(zone)
                .WithMisfireInstruction(CronTriggerMisfireInstruction.FireAndProceed)).Build()
            : trigger.WithSchedule(SimpleScheduleBuilder.Create().WithInterval(mailbox.Schedule.Every ?? MailboxSchedule.DefaultEvery).RepeatForever()
                .MeasureIntervalFromCompletion(true)).Build();
    }

    /// <summary>No new poll begins; the running ones are waited for.</summary>
    public async ValueTask DisposeAsync() => await _scheduler.Shutdown(waitForJobsToComplete: true, CancellationToken.None);

    sealed class PollJobs(Dictionary<string, Mailbox> mailboxes, Func<Mailbox, CancellationToken, Task> poll) : IJobFactory
    {
        public ValueTask<JobScope> CreateJob(TriggerFiredBundle bundle, IScheduler scheduler, CancellationToken cancellationToken) =>
            new(new JobScope(new PollJob(poll, mailboxes[bundle.JobDetail.Key.Name])));

        public ValueTask ReturnJob(JobScope scope, CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }
}
