using static MailIngest.Ledger.Parameter;

namespace MailIngest.Ledger;

/// <summary>The table of what was learned, one row per mailbox.</summary>
static class TraitsTable
{
    const string Save = """
        insert into mailbox_traits (mailbox, lock_step_until, not_before, last_attempt, last_success, last_error, failures)
        values (@mailbox, @lock_step_until, @not_before, @last_attempt, @last_success, @last_error, @failures)
        on conflict (mailbox) do update set lock_step_until = excluded.lock_step_until, not_before = excluded.not_before,
            last_attempt = excluded.last_attempt, last_success = excluded.last_success, last_error = excluded.last_error,
            failures = excluded.failures
        """;

    const string Read = """
        select lock_step_until, not_before, last_attempt, last_success, last_error, failures from mailbox_traits where mailbox = @mailbox
        """;

    public static Task SaveAsync(LedgerConnection ledger, string mailbox, MailboxTraits traits) =>
        ledger.ExecuteAsync(Save, Text("mailbox", mailbox), Time("lock_step_until", traits.LockStepUntil), Time("not_before", traits.NotBefore),
            Time("last_attempt", traits.LastAttempt), Time("last_success", traits.LastSuccess), Text("last_error", traits.LastError),
            Number("failures", traits.Failures));

    /// <summary>What is known; all null when nothing is.</summary>
    public static async Task<MailboxTraits> ReadAsync(LedgerConnection ledger, string mailbox, CancellationToken stop)
    {
        await using var row = await ledger.ReadAsync(Read, stop, Text("mailbox", mailbox));
        if (!await row.ReadAsync(stop))
            return new();
        return new()
        {
            LockStepUntil = Moment(0),
            NotBefore = Moment(1),
            LastAttempt = Moment(2),
            LastSuccess = Moment(3),
            LastError = row.IsDBNull(4) ? null : row.GetString(4),
            Failures = row.IsDBNull(5) ? null : row.GetInt32(5),
        };

        DateTimeOffset? Moment(int column) => row.IsDBNull(column) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));
    }
}
