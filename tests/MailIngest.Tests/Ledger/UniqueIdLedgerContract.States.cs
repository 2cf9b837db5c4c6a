using MailIngest.Ledger;
using Xunit;

namespace MailIngest.Tests.Ledger;

public abstract partial class UniqueIdLedgerContract
{
    [Fact]
    public async Task A_mailbox_never_seen_has_no_rows() => Assert.Empty(await Ledger.ReadAsync(Box, Stop));

    [Fact]
    public async Task A_sighted_message_is_seen_with_the_time_and_the_octets_listed()
    {
        await SeenAsync(First);

        Assert.Equal(
            new LedgerRow("uid-1", 0, MessageState.Seen, Now, 1000, Attempts: 0, LastError: null, Quarantined: false, ReceivedOctets: null,
                Ordinal: 0, Stored: null, DeletingAt: null, DeleteRounds: 0, GoneAt: null),
            Assert.Single(await Ledger.ReadAsync(Box, Stop)));
    }

    [Fact]
    public async Task Sighting_again_keeps_the_first_time_and_takes_the_octets_that_LIST_says_now()
    {
        var lease = await SeenAsync(First);
        var first = Now;
        Clock.Advance(TimeSpan.FromHours(1));

        await Ledger.SightAsync(lease, [new("uid-1", 0, 1000)], Stop);
        await Ledger.SightAsync(lease, [new("uid-1", 0, 2000)], Stop);

        var row = Assert.Single(await Ledger.ReadAsync(Box, Stop));
        Assert.Equal((first, 2000), (row.FirstSeen, row.ListedOctets));
    }

    [Fact]
    public async Task A_row_is_tried_from_the_moment_when_it_is_about_to_be_fetched_and_stays_so()
    {
        var lease = await SeenAsync(First);
        Assert.False((await RowAsync(First)).Tried);

        await Ledger.SightAsync(lease, [new("uid-1", 0, 1000, Fetching: true)], Stop);
        Assert.True((await RowAsync(First)).Tried);
        await Ledger.SightAsync(lease, [new("uid-1", 0, 2000)], Stop);
        Assert.True((await RowAsync(First)).Tried);

        await Ledger.SightAsync(lease, [new("uid-2", 0, 1000, Fetching: true)], Stop);
        Assert.True((await RowAsync(new("uid-2", 0))).Tried);
    }

    [Theory]
    [InlineData(MessageState.Stored)]
    [InlineData(MessageState.Deleting)]
    [InlineData(MessageState.Gone)]
    public async Task Sighting_a_row_that_is_past_seen_changes_nothing(MessageState state)
    {
        var lease = await SeenAsync(First);
        await BringToAsync(lease, state);
        var before = await RowAsync(First);
        Clock.Advance(TimeSpan.FromHours(1));

        await Ledger.SightAsync(lease, [new("uid-1", 0, 2000)], Stop);

        Assert.Equal(before, await RowAsync(First));
    }

    [Fact]
    public async Task Generations_of_a_unique_id_are_rows_of_their_own_in_order()
    {
        var lease = await SeenAsync(new("u", 1), new("u", 0), new("v", 0), new("u", 2));
        await Ledger.StoredAsync(lease, new("u", 1), Copy(), Stop);

        Assert.Equal(
            [("u", 0, MessageState.Seen), ("u", 1, MessageState.Stored), ("u", 2, MessageState.Seen), ("v", 0, MessageState.Seen)],
            (await Ledger.ReadAsync(Box, Stop)).Select(row => (row.UniqueId, row.Generation, row.State)));
    }

    [Fact]
    public async Task Mailboxes_do_not_see_each_others_rows()
    {
        await SeenAsync(First);
        await using var other = await LeaseAsync("info");
        await Ledger.SightAsync(other, [new("uid-1", 0, 7)], Stop);

        Assert.Equal(1000, Assert.Single(await Ledger.ReadAsync(Box, Stop)).ListedOctets);
        Assert.Equal(7, Assert.Single(await Ledger.ReadAsync("info", Stop)).ListedOctets);
    }

    [Fact]
    public async Task A_stored_message_names_its_copy_and_what_was_received()
    {
        var lease = await SeenAsync(First);

        await Ledger.StoredAsync(lease, First, Copy(), Stop);

        var row = await RowAsync(First);
        Assert.Equal((MessageState.Stored, Copy(), 1002), (row.State, row.Stored, row.ReceivedOctets));
    }

    [Fact]
    public async Task Storing_forgets_earlier_failures()
    {
        var lease = await SeenAsync(First);
        await Ledger.FailedAsync(lease, First, "cut off", 12, maxAttempts: 1, Stop);

        await Ledger.StoredAsync(lease, First, Copy(), Stop);

        var row = await RowAsync(First);
        Assert.Equal((0, null, false), (row.Attempts, row.LastError, row.Quarantined));
    }

    [Fact]
    public async Task A_message_stored_again_has_its_new_copy()
    {
        var lease = await SeenAsync(First);
        await Ledger.StoredAsync(lease, First, Copy(), Stop);
        Clock.Advance(TimeSpan.FromDays(1));

        await Ledger.StoredAsync(lease, First, Copy("sales/undated/4567.eml", 1003), Stop);

        var row = await RowAsync(First);
        Assert.Equal((MessageState.Stored, Copy("sales/undated/4567.eml", 1003), 1003), (row.State, row.Stored, row.ReceivedOctets));
    }

    [Theory]
    [InlineData(MessageState.Deleting)]
    [InlineData(MessageState.Gone)]
    public async Task Storing_a_row_again_never_moves_its_state_back(MessageState state)
    {
        var lease = await SeenAsync(First);
        await BringToAsync(lease, state);

        await Ledger.StoredAsync(lease, First, Copy("again", 5), Stop);

        var row = await RowAsync(First);
        Assert.Equal((state, "again"), (row.State, row.Stored!.BlobName));
    }

    [Fact]
    public async Task A_round_counts_when_the_server_has_answered_it()
    {
        var lease = await SeenAsync(First);
        await Ledger.StoredAsync(lease, First, Copy(), Stop);

        await Ledger.DeletingAsync(lease, [First], Stop);
        await Ledger.AskedAsync(lease, [First], Stop);
        Clock.Advance(TimeSpan.FromHours(1));
        await Ledger.DeletingAsync(lease, [First, First], Stop);

        var row = await RowAsync(First);
        Assert.Equal((MessageState.Deleting, 1, Now), (row.State, row.DeleteRounds, row.DeletingAt));
    }

    [Fact]
    public async Task A_renamed_message_is_gone_and_no_DELE_of_ours_has_removed_it()
    {
        var lease = await SeenAsync(First);
        await BringToAsync(lease, MessageState.Deleting);
        await Ledger.AskedAsync(lease, [First], Stop);

        await Ledger.RenamedAsync(lease, [First], Stop);

        var row = await RowAsync(First);
        Assert.Equal((MessageState.Gone, 0, null, Now), (row.State, row.DeleteRounds, row.DeletingAt, row.GoneAt));
    }

    [Fact]
    public async Task A_gone_message_that_must_be_deleted_again_stays_gone_and_counts_its_rounds_anew()
    {
        var lease = await SeenAsync(First);
        await BringToAsync(lease, MessageState.Gone);

        await Ledger.DeletingAsync(lease, [First], Stop);
        await Ledger.AskedAsync(lease, [First], Stop);

        var row = await RowAsync(First);
        Assert.Equal((MessageState.Gone, 1), (row.State, row.DeleteRounds));
    }

    [Fact]
    public async Task A_message_without_a_durable_copy_cannot_be_deleted_and_neither_are_those_beside_it()
    {
        var second = new RowKey("uid-2", 0);
        var lease = await SeenAsync(First, second);
        await Ledger.StoredAsync(lease, First, Copy(), Stop);

        var refused = await Assert.ThrowsAsync<LedgerException>(() => Ledger.DeletingAsync(lease, [First, second], Stop));

        Assert.StartsWith("sales: unique-id uid-2 generation 0 has no durable copy", refused.Message, StringComparison.Ordinal);
        var row = await RowAsync(First);
        Assert.Equal((MessageState.Stored, 0, null), (row.State, row.DeleteRounds, row.DeletingAt));
    }

    [Fact]
    public async Task A_message_that_vanished_before_it_was_stored_is_gone_but_still_cannot_be_deleted()
    {
        var lease = await SeenAsync(First);
        await Ledger.GoneAsync(lease, [First], Stop);
        Assert.Equal((MessageState.Gone, null), ((await RowAsync(First)).State, (await RowAsync(First)).Stored));

        await Assert.ThrowsAsync<LedgerException>(() => Ledger.DeletingAsync(lease, [First], Stop));
    }

    [Fact]
    public async Task Gone_is_timed_once_and_anew_only_after_another_delete_round()
    {
        var lease = await SeenAsync(First);
        await BringToAsync(lease, MessageState.Gone);
        var first = Now;

        Clock.Advance(TimeSpan.FromHours(1));
        await Ledger.GoneAsync(lease, [First], Stop);
        Assert.Equal(first, (await RowAsync(First)).GoneAt);

        await Ledger.DeletingAsync(lease, [First], Stop);
        Clock.Advance(TimeSpan.FromHours(1));
        await Ledger.GoneAsync(lease, [First], Stop);
        Assert.Equal(Now, (await RowAsync(First)).GoneAt);
    }

    [Fact]
    public async Task Gone_rows_are_forgotten_when_they_are_older_than_asked_and_not_before()
    {
        var alive = new RowKey("alive", 0);
        var lease = await SeenAsync(First, alive);
        await Ledger.StoredAsync(lease, alive, Copy(), Stop);
        await BringToAsync(lease, MessageState.Gone);
        var ninetyDays = TimeSpan.FromDays(90);

        Clock.Advance(ninetyDays);
        Assert.Equal(0, await Ledger.ForgetGoneAsync(ninetyDays, Stop));
        Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, await Ledger.ForgetGoneAsync(ninetyDays, Stop));
        Assert.Equal(0, await Ledger.ForgetGoneAsync(ninetyDays, Stop));

        Assert.Equal(alive, Assert.Single(await Ledger.ReadAsync(Box, Stop)).Key);
    }

    [Fact]
    public async Task A_gone_row_that_was_deleted_again_lately_is_not_forgotten()
    {
        var lease = await SeenAsync(First);
        await BringToAsync(lease, MessageState.Gone);
        Clock.Advance(TimeSpan.FromDays(89));
        await Ledger.DeletingAsync(lease, [First], Stop);
        Clock.Advance(TimeSpan.FromDays(2));

        Assert.Equal(0, await Ledger.ForgetGoneAsync(TimeSpan.FromDays(90), Stop));
    }

    [Fact]
    public async Task A_row_that_was_never_sighted_cannot_be_changed()
    {
        var lease = await LeaseAsync();
        var changes = new Dictionary<string, Func<Task>>
        {
            ["stored"] = () => Ledger.StoredAsync(lease, First, Copy(), Stop),
            ["failed"] = () => Ledger.FailedAsync(lease, First, "no", null, 5, Stop),
            ["quarantine"] = () => Ledger.QuarantineAsync(lease, First, "no", Stop),
            ["ordinal"] = () => Ledger.NextOrdinalAsync(lease, First, Stop),
            ["deleting"] = () => Ledger.DeletingAsync(lease, [First], Stop),
            ["gone"] = () => Ledger.GoneAsync(lease, [First], Stop),
        };
        foreach (var (name, change) in changes)
        {
            var refused = await Assert.ThrowsAsync<LedgerException>(change);
            Assert.True(refused.Message.StartsWith("sales: unique-id uid-1 generation 0 ", StringComparison.Ordinal), $"{name}: {refused.Message}");
        }
        Assert.False(await Ledger.ReleaseAsync(Box, First, Stop));
        Assert.Empty(await Ledger.ReadAsync(Box, Stop));
    }

    async Task BringToAsync(MailboxLease lease, MessageState state)
    {
        if (state >= MessageState.Stored)
            await Ledger.StoredAsync(lease, First, Copy(), Stop);
        if (state >= MessageState.Deleting)
            await Ledger.DeletingAsync(lease, [First], Stop);
        if (state >= MessageState.Gone)
            await Ledger.GoneAsync(lease, [First], Stop);
    }
}
