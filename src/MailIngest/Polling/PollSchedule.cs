using MailIngest.Mailboxes;
using Quartz;

namespace MailIngest.Polling;

/// <summary>
/// Quartz: one job per mailbox with one trigger that fires once, and a heartbeat. It knows times and ids; which mailbox is polled when is
/// the business of <see cref="PollRounds"/>. A firing that was missed (the machine slept, the clock was set forward) is made up for once.
/// </summary>
/// <param name="poll">Polls the mailbox with that id; must not throw.</param>
/// <param name="beat">The heartbeat, about every 10 s; must not throw.</param>
/// <param name="clock">The clock that the triggers follow.</param>
sealed class PollSchedule(Func<string, Task> poll, Func<Task> beat, TimeProvider clock) : IAsyncDisposable
{
    public static readonly TimeSpan BeatPeriod = TimeSpan.FromSeconds(10);

    /// <summary>Jobs at once: more than anybody has mailboxes. How many of them may open a session is not for a scheduler to say.</summary>
    const int MostJobs = 100_000;

    static readonly JobKey Beat = new("heartbeat", "worker");

    IScheduler? _scheduler;

    public async Task StartAsync(CancellationToken stop)
    {
        _scheduler = await QuartzSchedulerBuilder.Create(quartz =>
        {
            quartz.UseTimeProvider(clock);
            quartz.UseDefaultThreadPool(MostJobs);
            quartz.UseJobFactory(new PollJob.Factory(poll, beat));
        }).BuildScheduler(stop);
        await SetBeatAsync();
        await _scheduler.Start(stop);
    }

    /// <summary>
    /// The first tick of a cron expression after that moment. A local time that the clocks skip is made up for when they have moved on; one
    /// that they show twice is meant once.
    /// </summary>
    public static DateTimeOffset TickAfter(MailboxSchedule schedule, DateTimeOffset after) =>
        CronExpression.Parse(schedule.Cron!, CronFormat.Unix).WithTimeZone(schedule.TimeZone).GetNextValidTimeAfter(after)
        ?? after.AddYears(1); // none that Quartz can see: ask again then

    /// <summary>The mailbox is polled then, and at no other time that was set before.</summary>
    /// <exception cref="SchedulerException">Quartz refuses.</exception>
    public async Task SetAsync(string id, DateTimeOffset due) => await _scheduler!.ScheduleJob(
        JobBuilder.Create<PollJob>().WithIdentity(id).StoreDurably().Build(),
        TriggerBuilder.Create(clock).WithIdentity(id).StartAt(due)
            .WithSchedule(SimpleScheduleBuilder.Create().WithMisfireInstruction(SimpleTriggerMisfireInstruction.FireNow)).Build(),
        ScheduleJobOptions.Replacing, CancellationToken.None);

    /// <summary>The mailbox is polled no more. A poll that runs goes on to its end.</summary>
    public async Task RemoveAsync(string id) => await _scheduler!.DeleteJob(new JobKey(id), CancellationToken.None);

    /// <summary>The next heartbeat comes now, and the others after it.</summary>
    public async Task SetBeatAsync() => await _scheduler!.ScheduleJob(
        JobBuilder.Create<PollJob.Heartbeat>().WithIdentity(Beat).StoreDurably().Build(),
        TriggerBuilder.Create(clock).WithIdentity(Beat.Name, Beat.Group).StartNow()
            .WithSchedule(SimpleScheduleBuilder.Create().WithInterval(BeatPeriod).RepeatForever()
                .WithMisfireInstruction(SimpleTriggerMisfireInstruction.NowWithExistingCount)).Build(),
        ScheduleJobOptions.Replacing, CancellationToken.None);

    /// <summary>Nothing fires any more; what runs is waited for.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_scheduler is not null)
            await _scheduler.Shutdown(waitForJobsToComplete: true, CancellationToken.None);
    }
}
