using MailIngest.Ledger;
using MailIngest.Settings;

namespace MailIngest.Polling;

/// <summary>A mailbox whose session fell out of step is spoken to one command at a time, and without TOP, for a while.</summary>
static class LockStep
{
    static readonly TimeSpan Lasts = TimeSpan.FromDays(1);

    public static bool Applies(MailboxTraits traits, DateTimeOffset now) => traits.LockStepUntil > now;

    public static async Task LearnAsync(PollContext poll, Exception exception)
    {
        await poll.Learned.SaveAsync(poll.Learned.Traits with { LockStepUntil = poll.Clock.GetUtcNow() + Lasts });
        poll.Log.LockStep(poll.Mailbox.Id, exception.Message, ConfigDuration.Format(Lasts));
    }
}
