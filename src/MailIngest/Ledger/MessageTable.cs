using System.Data.Common;
using System.Globalization;
using static MailIngest.Ledger.Parameter;

namespace MailIngest.Ledger;

/// <summary>The table of messages: each change as one guarded statement. None of them moves a state back.</summary>
static class MessageTable
{
    const string ThisRow = "mailbox = @mailbox and unique_id = @unique_id and generation = @generation";

    const string Sight = """
        insert into message
            (mailbox, unique_id, generation, state, first_seen, listed_octets, attempts, quarantined, ordinal, delete_rounds, tried)
        values (@mailbox, @unique_id, @generation, 0, @now, @listed_octets, 0, 0, 0, 0, @fetching)
        on conflict (mailbox, unique_id, generation) do update
        set listed_octets = excluded.listed_octets, tried = case when excluded.tried = 1 then 1 else message.tried end
        where message.state = 0 and (message.listed_octets <> excluded.listed_octets or message.tried < excluded.tried)
        """;

    // In the column quarantined 0 is no, 1 is until released, 2 is seeded. A MailIngest that does not know 2 takes it for 1, and leaves the
    // message alone too.
    const string Seed = """
        insert into message
            (mailbox, unique_id, generation, state, first_seen, listed_octets, attempts, quarantined, ordinal, delete_rounds, tried)
        values (@mailbox, @unique_id, @generation, 0, @now, @listed_octets, 0, 2, 0, 0, 0)
        on conflict (mailbox, unique_id, generation) do update set quarantined = 2, attempts = 0, last_error = null, listed_octets = excluded.listed_octets
        where message.state = 0 and message.stored_at is null
        """;

    const string Unseed = "update message set quarantined = 0 where mailbox = @mailbox and state = 0 and quarantined = 2";

    const string ForgetMailbox = "delete from message where mailbox = @mailbox";

    const string Store = $"""
        update message set state = case when state < 1 then 1 else state end, received_octets = @octets,
            blob_name = @blob_name, octets = @octets, sha256 = @sha256, header_sha256 = @header_sha256, stored_at = @stored_at,
            attempts = 0, last_error = null, quarantined = 0
        where {ThisRow}
        """;

    const string Fail = $"""
        update message set attempts = attempts + 1, last_error = @error, received_octets = coalesce(@received_octets, received_octets),
            quarantined = case when attempts + 1 >= @max_attempts then 1 else quarantined end
        where {ThisRow}
        """;

    const string Quarantine = $"update message set quarantined = 1, last_error = @error where {ThisRow}";

    const string Release = $"update message set quarantined = 0, attempts = 0, last_error = null where {ThisRow}";

    const string NextOrdinal = $"update message set ordinal = ordinal + 1 where {ThisRow} returning ordinal";

    // Proof before DELE: a row without a durable copy cannot get here.
    const string Delete = $"""
        update message set state = case when state < 2 then 2 else state end, deleting_at = @now
        where {ThisRow} and stored_at is not null
        """;

    const string Asked = $"update message set delete_rounds = delete_rounds + 1 where {ThisRow}";

    // A row that was gone, came back and was deleted once more is remembered from its last disappearance on.
    const string Vanish = $"""
        update message set state = 3, delete_rounds = 0, gone_at = case when gone_at is null or deleting_at > gone_at then @now else gone_at end
        where {ThisRow}
        """;

    // Gone without a DELE: whatever was sent before evidently removed nothing.
    const string Rename = $"""
        update message set state = 3, delete_rounds = 0, deleting_at = null, gone_at = @now
        where {ThisRow}
        """;

    const string ForgetGone = """
        delete from message
        where state = 3 and gone_at is not null and gone_at < @limit and (deleting_at is null or deleting_at < @limit)
        """;

    const string Rows = """
        select unique_id, generation, state, first_seen, listed_octets, attempts, last_error, quarantined, received_octets, ordinal,
            blob_name, octets, sha256, header_sha256, stored_at, deleting_at, delete_rounds, gone_at, tried
        from message where mailbox = @mailbox
        """;

    const string Order = "order by unique_id, generation";

    /// <summary>So many unique-ids are looked up by one statement: one by one most of the time would go into running it.</summary>
    const int AtOnce = 64;

    static readonly string[] _s_names = [.. Enumerable.Range(0, AtOnce).Select(i => string.Create(CultureInfo.InvariantCulture, $"unique_id_{i}"))];

    static readonly string _s_some = $"{Rows} and unique_id in ({string.Join(", ", _s_names.Select(name => $"@{name}"))}) {Order}";

    // Three columns and no row: what a poll reads of each message that stays on the server, perhaps a million of them. The third says
    // what is settled, by the rules of PollPlan; RecollectionTests holds the two together.
    internal const string Present = $"""
        select unique_id, listed_octets,
            case when state = 1 and attempts = 0 and first_seen > @removable_until or state = 0 and quarantined = 2 then 1 else 0 end
        from message where mailbox = @mailbox and state < 3 {Order}
        """;

    internal const string Again = "select unique_id from message where mailbox = @mailbox and deleting_at > gone_at order by unique_id";

    internal const string Vanished = "select unique_id from message where mailbox = @mailbox and state = 3 and deleting_at is null order by unique_id";

    const string UnstoredOfAll = """
        select mailbox,
            sum(case when quarantined = 0 then 1 else 0 end), sum(case when quarantined = 0 then listed_octets else 0 end),
            min(case when quarantined = 0 then first_seen end), sum(case when quarantined = 1 then 1 else 0 end)
        from message where state = 0 group by mailbox
        """;

    public static Task SightAsync(LedgerConnection ledger, string mailbox, Sighting seen, DateTimeOffset now) =>
        ledger.ExecuteAsync(Sight, Text("mailbox", mailbox), Text("unique_id", PrintableUniqueId.Encode(seen.UniqueId)),
            Number("generation", seen.Generation), Time("now", now), Number("listed_octets", seen.ListedOctets),
            Number("fetching", seen.Fetching ? 1 : 0));

    public static Task SeedAsync(LedgerConnection ledger, string mailbox, Sighting seen, DateTimeOffset now) =>
        ledger.ExecuteAsync(Seed, Text("mailbox", mailbox), Text("unique_id", PrintableUniqueId.Encode(seen.UniqueId)),
            Number("generation", seen.Generation), Time("now", now), Number("listed_octets", seen.ListedOctets));

    public static Task<int> UnseedAsync(LedgerConnection ledger, string mailbox) => ledger.ExecuteAsync(Unseed, Text("mailbox", mailbox));

    public static Task<int> ForgetMailboxAsync(LedgerConnection ledger, string mailbox) =>
        ledger.ExecuteAsync(ForgetMailbox, Text("mailbox", mailbox));

    public static Task<bool> StoreAsync(LedgerConnection ledger, string mailbox, RowKey row, StoredMessage stored) =>
        ChangeAsync(ledger, Store, mailbox, row, Text("blob_name", stored.BlobName), Number("octets", stored.Octets),
            Text("sha256", stored.Sha256), Text("header_sha256", stored.HeaderSha256), Time("stored_at", stored.At));

    public static Task<bool> FailAsync(
        LedgerConnection ledger, string mailbox, RowKey row, string error, long? received, int maxAttempts) =>
        ChangeAsync(ledger, Fail, mailbox, row, Text("error", error), Number("received_octets", received),
            Number("max_attempts", maxAttempts));

    public static Task<bool> QuarantineAsync(LedgerConnection ledger, string mailbox, RowKey row, string reason) =>
        ChangeAsync(ledger, Quarantine, mailbox, row, Text("error", reason));

    public static Task<bool> ReleaseAsync(LedgerConnection ledger, string mailbox, RowKey row) =>
        ChangeAsync(ledger, Release, mailbox, row);

    public static Task<long?> NextOrdinalAsync(LedgerConnection ledger, string mailbox, RowKey row) =>
        ledger.NumberAsync(NextOrdinal, Named(mailbox, row));

    public static Task<bool> DeleteAsync(LedgerConnection ledger, string mailbox, RowKey row, DateTimeOffset now) =>
        ChangeAsync(ledger, Delete, mailbox, row, Time("now", now));

    public static Task<bool> AskedAsync(LedgerConnection ledger, string mailbox, RowKey row) => ChangeAsync(ledger, Asked, mailbox, row);

    public static Task<bool> RenameAsync(LedgerConnection ledger, string mailbox, RowKey row, DateTimeOffset now) =>
        ChangeAsync(ledger, Rename, mailbox, row, Time("now", now));

    public static Task<bool> VanishAsync(LedgerConnection ledger, string mailbox, RowKey row, DateTimeOffset now) =>
        ChangeAsync(ledger, Vanish, mailbox, row, Time("now", now));

    public static Task<int> ForgetGoneAsync(LedgerConnection ledger, DateTimeOffset limit) =>
        ledger.ExecuteAsync(ForgetGone, Time("limit", limit));

    public static async Task<IReadOnlyList<LedgerRow>> ReadAsync(LedgerConnection ledger, string mailbox, CancellationToken stop)
    {
        var rows = new List<LedgerRow>();
        await using var reader = await ledger.ReadAsync($"{Rows} {Order}", stop, Text("mailbox", mailbox));
        while (await reader.ReadAsync(stop))
            rows.Add(Row(reader));
        return rows;
    }

    /// <summary>Every row under these unique-ids.</summary>
    public static async Task<IReadOnlyList<LedgerRow>> ReadAsync(
        LedgerConnection ledger, string mailbox, IEnumerable<string> uniqueIds, CancellationToken stop)
    {
        var rows = new List<LedgerRow>();
        foreach (var some in uniqueIds.Chunk(AtOnce))
        {
            // The last ones are asked for with the same statement: the rest of its places name one of them again.
            Parameter[] values = [Text("mailbox", mailbox),
                .. _s_names.Select((name, i) => Text(name, PrintableUniqueId.Encode(some[Math.Min(i, some.Length - 1)])))];
            await using var reader = await ledger.ReadAsync(_s_some, stop, values);
            while (await reader.ReadAsync(stop))
                rows.Add(Row(reader));
        }
        return rows;
    }

    /// <summary>Tells of each message that should be on the server, by ascending unique-id as the database holds it; then of those that
    /// were gone, came back and were deleted again.</summary>
    public static async Task ReadPresentAsync(
        LedgerConnection ledger, string mailbox, DateTimeOffset removableUntil, Action<PresentRow> tell, CancellationToken stop)
    {
        await using (var row = await ledger.ReadAsync(Present, stop, Text("mailbox", mailbox), Time("removable_until", removableUntil)))
        {
            while (await row.ReadAsync(stop))
                tell(new(PrintableUniqueId.Decode(row.GetString(0)), row.GetInt64(1), row.GetInt64(2) == 1));
        }
        foreach (var uniqueId in await ReadNamesAsync(ledger, Again, mailbox, stop))
            tell(new(uniqueId, 0, IsSettled: false));
    }

    /// <summary>Every row under the unique-ids of messages that left without a DELE of ours.</summary>
    public static async Task<IReadOnlyList<LedgerRow>> ReadVanishedAsync(LedgerConnection ledger, string mailbox, CancellationToken stop) =>
        await ReadAsync(ledger, mailbox, await ReadNamesAsync(ledger, Vanished, mailbox, stop), stop);

    static async Task<IReadOnlyCollection<string>> ReadNamesAsync(LedgerConnection ledger, string sql, string mailbox, CancellationToken stop)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        await using var row = await ledger.ReadAsync(sql, stop, Text("mailbox", mailbox));
        while (await row.ReadAsync(stop))
            names.Add(PrintableUniqueId.Decode(row.GetString(0)));
        return names;
    }

    /// <summary>What is listed and not stored, by mailbox; mailboxes with nothing of it are not there.</summary>
    public static async Task<IReadOnlyDictionary<string, Unstored>> ReadUnstoredAsync(LedgerConnection ledger, CancellationToken stop)
    {
        var all = new Dictionary<string, Unstored>(StringComparer.Ordinal);
        await using var row = await ledger.ReadAsync(UnstoredOfAll, stop);
        while (await row.ReadAsync(stop))
        {
            all.Add(row.GetString(0), new(row.GetInt64(1), row.GetInt64(2),
                row.IsDBNull(3) ? null : Moment(row, 3), row.GetInt64(4)));
        }
        return all;
    }

    /// <summary>False when there is no such row (or it is not one that this change is for).</summary>
    static async Task<bool> ChangeAsync(LedgerConnection ledger, string sql, string mailbox, RowKey row, params Parameter[] values) =>
        await ledger.ExecuteAsync(sql, [.. Named(mailbox, row), .. values]) == 1;

    static Parameter[] Named(string mailbox, RowKey row) =>
        [Text("mailbox", mailbox), Text("unique_id", PrintableUniqueId.Encode(row.UniqueId)), Number("generation", row.Generation)];

    static LedgerRow Row(DbDataReader row) => new(
        UniqueId: PrintableUniqueId.Decode(row.GetString(0)),
        Generation: row.GetInt32(1),
        State: (MessageState)row.GetInt32(2),
        FirstSeen: Moment(row, 3),
        ListedOctets: row.GetInt64(4),
        Attempts: row.GetInt32(5),
        LastError: row.IsDBNull(6) ? null : row.GetString(6),
        Quarantined: row.GetInt32(7) == 1,
        ReceivedOctets: row.IsDBNull(8) ? null : row.GetInt64(8),
        Ordinal: row.GetInt32(9),
        Stored: row.IsDBNull(14) ? null : new(row.GetString(10), row.GetInt64(11), row.GetString(12), row.GetString(13), Moment(row, 14)),
        DeletingAt: row.IsDBNull(15) ? null : Moment(row, 15),
        DeleteRounds: row.GetInt32(16),
        GoneAt: row.IsDBNull(17) ? null : Moment(row, 17))
    {
        Seeded = row.GetInt32(7) == 2,
        Tried = row.GetInt32(18) == 1,
    };

    static DateTimeOffset Moment(DbDataReader row, int column) => DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));
}
