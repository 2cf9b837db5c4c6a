using System.Data.Common;
using static MailIngest.Ledger.Parameter;

namespace MailIngest.Ledger;

/// <summary>The table of what was learned, one row per mailbox.</summary>
static class TraitsTable
{
    const string Columns = "lock_step_until, not_before, last_attempt, last_success, last_error, failures, "
        + "sign_in_refusals, sign_in_mark, suspended_until, certificate_expires, put_off";

    const string Save = $"""
        insert into mailbox_traits (mailbox, {Columns})
        values (@mailbox, @lock_step_until, @not_before, @last_attempt, @last_success, @last_error, @failures,
            @sign_in_refusals, @sign_in_mark, @suspended_until, @certificate_expires, @put_off)
        on conflict (mailbox) do update set lock_step_until = excluded.lock_step_until, not_before = excluded.not_before,
            last_attempt = excluded.last_attempt, last_success = excluded.last_success, last_error = excluded.last_error,
            failures = excluded.failures, sign_in_refusals = excluded.sign_in_refusals, sign_in_mark = excluded.sign_in_mark,
            suspended_until = excluded.suspended_until, certificate_expires = excluded.certificate_expires,
            put_off = excluded.put_off
        """;

    const string Read = $"select {Columns} from mailbox_traits where mailbox = @mailbox";

    const string All = $"select {Columns}, mailbox from mailbox_traits";

    public static Task SaveAsync(LedgerConnection ledger, string mailbox, MailboxTraits traits) =>
        ledger.ExecuteAsync(Save, Text("mailbox", mailbox), Time("lock_step_until", traits.LockStepUntil),
            Time("not_before", traits.NotBefore),
            Time("last_attempt", traits.LastAttempt), Time("last_success", traits.LastSuccess), Text("last_error", traits.LastError),
            Number("failures", traits.Failures), Number("sign_in_refusals", traits.SignInRefusals), Text("sign_in_mark", traits.SignInMark),
            Time("suspended_until", traits.SuspendedUntil), Time("certificate_expires", traits.CertificateExpires),
            Number("put_off", traits.PutOff));

    public static Task ForgetAsync(LedgerConnection ledger, string mailbox) =>
        ledger.ExecuteAsync("delete from mailbox_traits where mailbox = @mailbox", Text("mailbox", mailbox));

    /// <summary>What is known; all null when nothing is.</summary>
    public static async Task<MailboxTraits> ReadAsync(LedgerConnection ledger, string mailbox, CancellationToken stop)
    {
        await using var row = await ledger.ReadAsync(Read, stop, Text("mailbox", mailbox));
        return await row.ReadAsync(stop) ? Traits(row) : new();
    }

    /// <summary>What is known of every mailbox, by its id.</summary>
    public static async Task<IReadOnlyDictionary<string, MailboxTraits>> ReadAllAsync(LedgerConnection ledger, CancellationToken stop)
    {
        var all = new Dictionary<string, MailboxTraits>(StringComparer.Ordinal);
        await using var row = await ledger.ReadAsync(All, stop);
        while (await row.ReadAsync(stop))
            all.Add(row.GetString(11), Traits(row));
        return all;
    }

    static MailboxTraits Traits(DbDataReader row)
    {
        return new()
        {
            LockStepUntil = Moment(0),
            NotBefore = Moment(1),
            LastAttempt = Moment(2),
            LastSuccess = Moment(3),
            LastError = Words(4),
            Failures = Count(5),
            SignInRefusals = Count(6),
            SignInMark = Words(7),
            SuspendedUntil = Moment(8),
            CertificateExpires = Moment(9),
            PutOff = Count(10),
        };

        DateTimeOffset? Moment(int column) => row.IsDBNull(column) ? null : At(row.GetInt64(column));
        string? Words(int column) => row.IsDBNull(column) ? null : row.GetString(column);
        int? Count(int column) => row.IsDBNull(column) ? null : row.GetInt32(column);
    }

    // The last millisecond stands for ever.
    static DateTimeOffset At(long milliseconds) => milliseconds == DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
        ? DateTimeOffset.MaxValue
        : DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
