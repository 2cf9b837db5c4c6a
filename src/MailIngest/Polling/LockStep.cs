using MailIngest.Ledger;
using MailIngest.Pop3;
using MailIngest.Settings;

namespace MailIngest.Polling;

/// <summary>A mailbox whose session fell out of step is spoken to one command at a time, and without TOP, for a while.</summary>
static class LockStep
{
    static readonly TimeSpan Lasts = TimeSpan.FromDays(1);

    public static bool Applies(MailboxTraits traits, DateTimeOffset now) => traits.LockStepUntil > now;

    /// <summary>Whether it may be why a session could not be opened and listed, several commands being under way. What makes no sense is enough; but
    /// a server, or a proxy before it, that drops what came too early falls silent or hangs up, and that a network does too: it counts
    /// when the poll before has failed as well.</summary>
    public static bool MayHelp(MailboxTraits traits, Exception failure) => failure switch
    {
        Pop3ProtocolException { ConnectionLost: false } => true,
        Pop3ProtocolException or IOException or TimeoutException => traits.Failures > 0,
        _ => false,
    };

    public static async Task LearnAsync(PollContext poll, Exception exception)
    {
        await poll.Learned.SaveAsync(poll.Learned.Traits with { LockStepUntil = poll.Clock.GetUtcNow() + Lasts });
        poll.Log.LockStep(poll.Mailbox.Id, exception.Message, ConfigDuration.Format(Lasts));
    }
}
