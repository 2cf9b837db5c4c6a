using MailIngest.Settings;

namespace MailIngest.Mailboxes;

/// <summary>Reads the keys of a mailbox file that say when it is polled: schedule (with timeZone) or every, and jitter.</summary>
static class MailboxTimes
{
    public static MailboxSchedule Bind(ConfigReader reader)
    {
        var text = reader.Text("schedule");
        var cron = text is null ? null : CronText.Parse(text, out var complaint) ?? Refuse(reader, text, complaint);
        var every = reader.Duration("every", TimeSpan.FromSeconds(1), TimeSpan.FromDays(31));
        var zone = Zone(reader);
        var jitter = reader.Duration("jitter", TimeSpan.Zero, TimeSpan.Zero, TimeSpan.FromDays(1));

        reader.Rule(ConfigRuleKind.NotTwo, "schedule", "every");
        reader.Rule(ConfigRuleKind.FirstNeedsSecond, "timeZone", "schedule");
        if (reader.Has("schedule") && reader.Has("every")) reader.Problem("every", "is given besides schedule; keep one of them");
        if (reader.Has("timeZone") && !reader.Has("schedule"))
            reader.Problem("timeZone", "has no effect without schedule; remove it or add a schedule");
        return new(cron, cron is null ? every ?? MailboxSchedule.DefaultEvery : null, zone) { Jitter = jitter };
    }

    static string? Refuse(ConfigReader reader, string text, string? complaint)
    {
        reader.Problem("schedule", $"is {ConfigWords.Quote(text)}: {complaint}");
        return null;
    }

    static TimeZoneInfo Zone(ConfigReader reader)
    {
        if (reader.Text("timeZone") is not { } name) return TimeZoneInfo.Utc;
        if (TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone)) return zone;
        reader.Problem("timeZone", $"is {ConfigWords.Quote(name)}, which this machine does not know; "
            + "write a name like \"Europe/Zurich\" (and install tzdata if it is missing)");
        return TimeZoneInfo.Utc;
    }
}
