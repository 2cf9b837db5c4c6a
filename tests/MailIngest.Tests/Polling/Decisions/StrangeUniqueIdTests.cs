using Xunit;

namespace MailIngest.Tests.Polling.Decisions;

/// <summary>Unique-ids are hostile input: a sender may have chosen them. They are kept octet for octet and never become a path.</summary>
public class StrangeUniqueIdTests
{
    static readonly string[] Strange =
    [
        "../../../../etc/cron.d/x", "has space inside", "trailing space ", "tab\tinside", "8-bit \u00e4\u00ff\u0080", "quote'\"; drop table message;--",
        "CASE", "case", "sha256:0000", "%00", "\u0001\u007f", "a", "a-2", "1", new('u', 71), new('u', 72), new('v', 900),
    ];

    [Fact]
    public async Task Each_is_stored_once_and_deleted()
    {
        await using var world = await PollWorld.CreateAsync();
        foreach (var uniqueId in Strange)
            world.Deliver(uniqueId: uniqueId);
        var report = await world.PollAsync();
        Assert.Equal(Strange.Length, report.Counts.Fetched);
        world.AssertAllMoved();
        Assert.Equal(Strange.Order(StringComparer.Ordinal), (await world.RowsAsync()).Select(row => row.UniqueId).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task One_longer_than_a_listing_line_may_be_ends_the_poll_and_deletes_nothing()
    {
        await using var world = await PollWorld.CreateAsync();
        world.Deliver();
        world.Deliver(uniqueId: new string('u', 2000));
        var report = await world.PollAsync();
        Assert.Contains("more than", report.Failure!.Sentence, StringComparison.Ordinal);
        Assert.Equal(2, world.Maildrop.Count);
    }

    [Fact]
    public async Task Each_is_recognised_by_the_next_poll()
    {
        await using var world = await PollWorld.CreateAsync(mailbox: mailbox => mailbox with { Delete = false });
        foreach (var uniqueId in Strange)
            world.Deliver(uniqueId: uniqueId);
        await world.PollAsync();
        await world.RestartWorkerAsync();
        var report = await world.PollAsync();
        Assert.Equal(Strange.Length, world.Commands("RETR").Count);
        Assert.Equal(Strange.Length, report.Counts.StoredEarlier);
    }
}
