using MailIngest.Ledger;
using Xunit;

namespace MailIngest.Tests.Ledger;

public abstract partial class UniqueIdLedgerContract
{
    [Fact]
    public async Task A_ledger_opened_again_shows_everything()
    {
        var gone = new RowKey("uid-2", 1);
        var lease = await SeenAsync(First, gone);
        await Ledger.FailedAsync(lease, First, "cut off", 12, 1, Stop);
        await Ledger.NextOrdinalAsync(lease, First, Stop);
        await Ledger.StoredAsync(lease, gone, Copy(), Stop);
        await Ledger.DeletingAsync(lease, [gone], Stop);
        await Ledger.GoneAsync(lease, [gone], Stop);
        await Ledger.SaveTraitsAsync(lease, new() { LastSuccess = Now, Failures = 0 }, Stop);
        var (rows, traits) = (await Ledger.ReadAsync(Box, Stop), await Ledger.ReadTraitsAsync(Box, Stop));

        await Ledger.DisposeAsync();
        Ledger = await OpenAsync();

        Assert.Equal(rows, await Ledger.ReadAsync(Box, Stop));
        Assert.Equal(traits, await Ledger.ReadTraitsAsync(Box, Stop));
        Assert.Null(await Ledger.TakeLeaseAsync(Box, "worker-2", Ttl, _ => false, Stop));
    }

    [Fact]
    public async Task Any_octets_of_a_unique_id_come_back_as_they_were_and_only_to_their_own_row()
    {
        var random = new Random(20261123);
        string[] known = ["a", "A", "a ", "%61", "%", "%%", "a'b\"c;--", "\\", "../x", "\0", "\r\n", "é", "Ã©", "\xFF", new('\xFF', 1024), new('z', 1024)];
        var hostile = known
            .Concat(Enumerable.Range(0, 500).Select(_ =>
                new string([.. Enumerable.Range(0, random.Next(1, 80)).Select(_ => (char)random.Next(256))])))
            .Distinct(StringComparer.Ordinal)
            .ToArray();
        var lease = await SeenAsync([.. hostile.Select(uniqueId => new RowKey(uniqueId, 0))]);

        for (var i = 0; i < hostile.Length; i++)
            await Ledger.StoredAsync(lease, new(hostile[i], 0), Copy($"blob-{i}"), Stop);

        var stored = (await Ledger.ReadAsync(Box, Stop)).ToDictionary(row => row.UniqueId, row => row.Stored!.BlobName, StringComparer.Ordinal);
        Assert.Equal(hostile.Select((uniqueId, i) => KeyValuePair.Create(uniqueId, $"blob-{i}")).ToHashSet(), stored.ToHashSet());
    }

    [Fact]
    public async Task Unique_ids_that_differ_in_case_only_are_two_messages()
    {
        var lease = await SeenAsync(new("ABC", 0), new("abc", 0));
        await Ledger.GoneAsync(lease, [new("abc", 0)], Stop);
        Assert.Equal(MessageState.Seen, (await RowAsync(new("ABC", 0))).State);
    }

    [Fact]
    public async Task Repeating_a_write_whose_answer_was_lost_changes_nothing_more()
    {
        var second = new RowKey("uid-2", 0);
        var lease = await SeenAsync(First, second);
        await RepeatAsync(() => Ledger.SightAsync(lease, [new("uid-3", 0, 5), new("uid-1", 0, 1000)], Stop));
        await RepeatAsync(() => Ledger.QuarantineAsync(lease, second, "too large", Stop));
        await RepeatAsync(() => Ledger.ReleaseAsync(Box, second, Stop));
        await RepeatAsync(() => Ledger.StoredAsync(lease, First, Copy(octets: 7) with { At = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero) }, Stop));
        await Ledger.DeletingAsync(lease, [First], Stop);
        await RepeatAsync(() => Ledger.GoneAsync(lease, [First, second], Stop));

        async Task RepeatAsync(Func<Task> write)
        {
            var untouched = await Ledger.ReadAsync(Box, Stop);
            await write();
            var once = await Ledger.ReadAsync(Box, Stop);
            Assert.NotEqual(untouched, once);
            Clock.Advance(TimeSpan.FromSeconds(1));
            await write();
            Assert.Equal(once, await Ledger.ReadAsync(Box, Stop));
        }
    }
}
