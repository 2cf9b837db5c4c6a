using MailIngest.Ledger;
using Xunit;

namespace MailIngest.Tests.Ledger;

public abstract partial class UniqueIdLedgerContract
{
    static StoredMessage At(string name, DateTimeOffset time) => new(name, 5, new string('a', 64), new string('b', 64), time);

    async Task<List<PresentRow>> PresentAsync(DateTimeOffset removableUntil)
    {
        var present = new List<PresentRow>();
        await Ledger.ReadPresentAsync(Box, removableUntil, present.Add, Stop);
        return present;
    }

    [Fact]
    public async Task What_should_be_there_is_told_by_unique_id_and_what_is_gone_is_not()
    {
        RowKey seen = new("a", 0), stored = new("b", 0), doubtful = new("c", 0), deleting = new("d", 0), gone = new("e", 0), seeded = new("f", 0);
        var lease = await SeenAsync(seeded, gone, deleting, doubtful, stored, seen);
        foreach (var row in (RowKey[])[stored, doubtful, deleting, gone])
            await Ledger.StoredAsync(lease, row, At(row.UniqueId, Now), Stop);
        await Ledger.DoubtAsync(lease, [doubtful], "out of step", Stop);
        await Ledger.DeletingAsync(lease, [deleting, gone], Stop);
        await Ledger.GoneAsync(lease, [gone], Stop);
        await Ledger.SeedAsync(lease, [new("f", 0, 7)], Stop);

        Assert.Equal([new("a", 1000, false), new("b", 1000, true), new("c", 1000, false), new("d", 1000, false), new("f", 7, true)],
            await PresentAsync(Now.AddMilliseconds(-1)));
        Assert.Equal(["f"], (await PresentAsync(Now)).Where(row => row.IsSettled).Select(row => row.UniqueId));
        Assert.Equal(2, (await PresentAsync(DateTimeOffset.MinValue)).Count(row => row.IsSettled));
        Assert.Equal(1, (await PresentAsync(DateTimeOffset.MaxValue)).Count(row => row.IsSettled));
    }

    [Fact]
    public async Task One_that_was_gone_and_is_deleted_again_is_told_until_it_is_gone_again()
    {
        var lease = await SeenAsync(First);
        await Ledger.StoredAsync(lease, First, At("blob", Now), Stop);
        await Ledger.GoneAsync(lease, [First], Stop);
        Assert.Empty(await PresentAsync(DateTimeOffset.MinValue));
        Assert.Single(await Ledger.ReadVanishedAsync(Box, Stop));

        Clock.Advance(TimeSpan.FromSeconds(1));
        await Ledger.DeletingAsync(lease, [First], Stop);
        Assert.False(Assert.Single(await PresentAsync(DateTimeOffset.MinValue)).IsSettled);
        Assert.Empty(await Ledger.ReadVanishedAsync(Box, Stop));

        Clock.Advance(TimeSpan.FromSeconds(1));
        await Ledger.GoneAsync(lease, [First], Stop);
        Assert.Empty(await PresentAsync(DateTimeOffset.MinValue));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(200)]
    public async Task The_rows_of_some_unique_ids_are_read_without_the_others(int count)
    {
        RowKey[] rows = [.. Enumerable.Range(0, 300).Select(i => new RowKey($"uid%{i / 2}", i % 2))];
        await SeenAsync(rows);
        string[] some = [.. Enumerable.Range(0, count).Select(i => $"uid%{i}"), "another"];
        Assert.Equal(rows.Where(row => some.Contains(row.UniqueId)).Order(Comparer<RowKey>.Create(Compare)),
            (await Ledger.ReadAsync(Box, some, Stop)).Select(row => row.Key).Order(Comparer<RowKey>.Create(Compare)));
        Assert.Empty(await Ledger.ReadAsync(Box, [], Stop));

        static int Compare(RowKey left, RowKey right) =>
            string.CompareOrdinal($"{left.UniqueId} {left.Generation}", $"{right.UniqueId} {right.Generation}");
    }
}
