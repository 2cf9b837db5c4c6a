using MailIngest.Commands;
using MailIngest.Ledger;
using MailIngest.Mailboxes;
using MailIngest.Polling;
using MailIngest.Pop3;
using Xunit;

namespace MailIngest.Tests.Polling;

/// <summary>Seeded messages: never fetched, never deleted; and what seeding marks.</summary>
public class SeedingTests
{
    static readonly Mailbox Plain = A.Mailbox();

    static Verdict[] Verdicts(MaildropListing listing, params LedgerRow[] rows) => Verdicts(listing, Plain, rows);

    static Verdict[] Verdicts(MaildropListing listing, Mailbox mailbox, params LedgerRow[] rows) =>
        [.. PollPlan.Decide(listing, rows, mailbox, new FetchBudget(0, 0), new HashSet<string>(), alone: false, A.Noon).Messages.Select(
            message => message.Verdict)];

    static Seeding Decide(MaildropListing listing, params LedgerRow[] rows) => Seeding.Decide(listing, rows, Plain, A.Noon);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_seeded_message_is_left_alone_whether_mail_is_deleted_or_not(bool delete) =>
        Assert.Equal([Verdict.Seeded, Verdict.Fetch],
            Verdicts(A.Listing(("old", 100), ("new", 100)), Plain with { Delete = delete }, A.Seeded("old")));

    [Fact]
    public void A_seeded_message_above_the_size_limit_is_no_oversize_message() =>
        Assert.Equal([Verdict.Seeded],
            Verdicts(A.Listing(("old", 101)), Plain with { MaxMessageOctets = 100, Oversize = Oversize.Quarantine }, A.Seeded("old", 101)));

    [Fact]
    public void A_seeded_unique_id_with_another_size_is_a_new_message_and_fetched()
    {
        var plan = PollPlan.Decide(
            A.Listing(("a", 101)), [A.Seeded("a")], Plain, new FetchBudget(0, 0), new HashSet<string>(), alone: false, A.Noon);
        Assert.Equal((Verdict.Fetch, new RowKey("a", 1)), (plan.Messages[0].Verdict, plan.Messages[0].Key));
    }

    [Fact]
    public void The_new_message_under_a_seeded_unique_id_goes_its_way_beside_the_seed()
    {
        Assert.Equal([Verdict.Retry, Verdict.Fetch],
            Verdicts(A.Listing(("a", 101), ("b", 1)), A.Seeded("a"), A.Seen("a", attempts: 1, octets: 101, generation: 1)));
        Assert.Equal([Verdict.Delete], Verdicts(A.Listing(("a", 101)), A.Seeded("a"), A.Stored("a", 101, generation: 1)));
    }

    [Fact]
    public void A_seeded_message_that_left_and_is_listed_again_is_stored_for_nobody_knows_whether_it_is_the_same() =>
        Assert.Equal([Verdict.Fetch], Verdicts(A.Listing(("a", 100)), A.Seeded("a") with { State = MessageState.Gone, GoneAt = A.Noon }));

    [Fact]
    public void Seeding_marks_what_is_new_what_failed_and_what_is_quarantined()
    {
        var seeding = Decide(A.Listing(("new", 1), ("failed", 2), ("aside", 3), ("too large", 4)), A.Seen("failed", attempts: 2),
            A.Seen("aside", quarantined: true));
        Assert.Equal([new("new", 0, 1), new("failed", 0, 2), new("aside", 0, 3), new Sighting("too large", 0, 4)], seeding.Marked);
        Assert.Equal((0, 0, 0), (seeding.Before, seeding.Stored, seeding.Unnamed));
    }

    [Fact]
    public void Seeding_again_marks_nothing_twice_and_nothing_that_is_stored_here()
    {
        var seeding = Decide(A.Listing(("old", 100), ("stored", 100), ("deleting", 100), ("gone", 100)), A.Seeded("old"),
            A.Stored("stored"), A.Deleting("deleting"), A.Gone("gone"));
        Assert.Empty(seeding.Marked);
        Assert.Equal((1, 3), (seeding.Before, seeding.Stored));
    }

    [Fact]
    public void What_has_no_unique_id_of_its_own_cannot_be_marked_and_is_counted()
    {
        Assert.Equal(3, Decide(A.Listing(("a", 1), ("a", 1), (null, 1), ("b", 1))).Unnamed);
        Assert.Equal(2, Decide(A.Listing(("1", 1), ("2", 1))).Unnamed);
    }

    [Fact]
    public void What_seeding_marks_the_next_plan_leaves_alone()
    {
        var listing = A.Listing(("new", 1), ("other size", 101), ("failed", 3));
        LedgerRow[] rows = [A.Stored("other size"), A.Seen("failed", attempts: 1)];
        var marked = Decide(listing, rows).Marked.Select(seen => A.Seeded(seen.UniqueId, seen.ListedOctets, seen.Generation)).ToList();

        LedgerRow[] after = [.. rows.Where(row => marked.TrueForAll(mark => mark.Key != row.Key)), .. marked];

        Assert.All(Verdicts(listing, after), verdict => Assert.Equal(Verdict.Seeded, verdict));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Polls_leave_seeded_mail_on_the_server_and_ingest_what_is_newer(bool delete)
    {
        await using var world = await PollWorld.CreateAsync(mailbox: mailbox => mailbox with { Delete = delete });
        var old = world.Maildrop.Add(Mail.Numbered(101, 500));
        var older = world.Maildrop.Add(Mail.Numbered(102, 700));
        await using (var lease = await world.Ledger.TakeLeaseAsync(
            world.Mailbox.Id, "seed", TimeSpan.FromMinutes(1), _ => false, PollWorld.Stop))
            await world.Ledger.SeedAsync(lease!, [new(old.UniqueId, 0, old.Octets), new(older.UniqueId, 0, older.Octets)], PollWorld.Stop);
        var next = world.Deliver();

        for (var poll = 0; poll < 3; poll++)
        {
            var report = await world.RunAsync();
            Assert.Equal((ExitCode.Ok, 0), (report.ExitStatus, report.Counts.Quarantined));
        }

        Assert.Single(world.BlobFiles);
        Assert.True(world.IsStored(next));
        Assert.Contains(old, world.Maildrop.Messages);
        Assert.Contains(older, world.Maildrop.Messages);
        Assert.Equal(!delete, world.Holds(next));
        Assert.Single(world.Commands("RETR"));
        Assert.Equal(delete ? 1 : 0, world.Commands("DELE").Count);
        world.Maildrop.Remove(old);
        await world.RunAsync();
        Assert.DoesNotContain(world.Log.Lines, line => line.Contains("before it was stored", StringComparison.Ordinal));
    }

    [Fact]
    public void The_sentence_says_what_was_done_or_why_nothing_was()
    {
        Assert.Equal("sales: 1 message is marked as stored elsewhere: no poll fetches or deletes them; marked before: 2; stored here, "
            + "and as they were: 3",
            SeedCommand.Sentence(Plain, new([new("a", 0, 1)], 2, 3, 0)));
        Assert.EndsWith("nothing was marked", SeedCommand.Sentence(Plain, new([new("a", 0, 1)], 0, 0, 1)), StringComparison.Ordinal);
    }
}
