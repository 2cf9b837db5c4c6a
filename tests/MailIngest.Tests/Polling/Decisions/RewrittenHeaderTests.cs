using Xunit;

namespace MailIngest.Tests.Polling.Decisions;

/// <summary>
/// A server that writes a <c>Status:</c> field into what it sends, another one each time: the octets change from RETR to RETR, the message
/// does not, and it is stored once.
/// </summary>
public class RewrittenHeaderTests
{
    static Task<PollWorld> WorldAsync(bool top = false, bool quitIsLost = false, bool delete = true) => PollWorld.CreateAsync(
        faults => faults.At("RETR").AddsVolatileHeader() is var script && quitIsLost ? script.At("QUIT", session: 1).CutBefore() : script,
        server => server with { Top = top }, mailbox => mailbox with { Delete = delete });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task After_a_lost_QUIT_it_is_recognised_and_deleted(bool top)
    {
        await using var world = await WorldAsync(top, quitIsLost: true);
        world.Deliver(3);
        for (var poll = 0; poll < 2; poll++)
            await world.RunAsync();
        Assert.Equal((3, 0), (world.BlobFiles.Count, world.Maildrop.Count));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(9 << 20)]
    public async Task When_the_ledger_is_lost_it_is_compared_with_the_blob_that_has_its_name(int octets)
    {
        await using var world = await WorldAsync(delete: false);
        world.Deliver(octets: octets);
        await world.RunAsync();
        var blob = await File.ReadAllBytesAsync(Assert.Single(world.BlobFiles), PollWorld.Stop);
        await world.LoseLedgerAsync();
        world.Mailbox = world.Mailbox with { Delete = true };

        for (var poll = 0; poll < 2; poll++)
            await world.RunAsync();
        Assert.Equal(0, world.Maildrop.Count);
        Assert.Equal(blob, await File.ReadAllBytesAsync(Assert.Single(world.BlobFiles), PollWorld.Stop));
    }

    [Fact]
    public async Task When_the_server_is_migrated_too_it_is_recognised_under_its_new_unique_id()
    {
        await using var world = await PollWorld.CreateAsync(mailbox: mailbox => mailbox with { Delete = false });
        world.Deliver(4);
        await world.RunAsync();
        await world.RestartServerAsync(
            faults => faults.At("UIDL").SaysUniqueIds((_, uniqueId) => "migrated-" + uniqueId).At("RETR").AddsVolatileHeader());
        for (var poll = 0; poll < 2; poll++)
            await world.RunAsync();
        Assert.Equal(4, world.BlobFiles.Count);
    }

    [Fact]
    public async Task A_message_with_another_body_under_the_same_header_is_another_message()
    {
        await using var world = await WorldAsync(delete: false);
        world.Deliver(Mail.Raw("Subject: the same\r\n\r\nbody\r\n"), "used");
        await world.RunAsync();
        await world.LoseLedgerAsync();
        world.Maildrop.Remove("used");
        world.Deliver(Mail.Raw("Subject: the same\r\n\r\nanother body\r\n"), "used");
        for (var poll = 0; poll < 2; poll++)
            await world.RunAsync();
        Assert.Equal(2, world.BlobFiles.Count);
    }
}
