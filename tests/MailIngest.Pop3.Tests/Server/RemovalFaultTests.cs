using MailIngest.Pop3.Server;
using Xunit;

namespace MailIngest.Pop3.Tests.Server;

/// <summary>A server that removes what it should keep and keeps what it should remove.</summary>
public sealed class RemovalFaultTests : FaultTest
{
    [Fact]
    public async Task QUIT_can_say_OK_and_keep_everything()
    {
        Start(FaultScript.None.At("QUIT").IgnoresDeletions());
        var client = await SignInAsync();
        await client.AskAsync("DELE 1");
        AssertOk(await client.AskAsync("QUIT"));
        Assert.Equal(3, Maildrop.Count);
    }

    [Theory]
    [InlineData(0, new[] { "a", "b", "c" })]
    [InlineData(1, new[] { "b", "c" })]
    public async Task QUIT_can_remove_some_or_none_and_say_so(int count, string[] left)
    {
        Start(FaultScript.None.At("QUIT").RemovesOnly(count));
        var client = await SignInAsync();
        await AskAsync(client, "DELE 1", "DELE 3");
        AssertRefused(await client.AskAsync("QUIT"));
        Assert.Empty(await client.RestAsync());
        Assert.Equal(left, UniqueIds());
    }

    [Fact]
    public async Task A_refused_QUIT_removes_nothing_and_ends_the_session()
    {
        Start(FaultScript.None.At("QUIT").Refuses("[SYS/TEMP] disk full"));
        var client = await SignInAsync();
        await client.AskAsync("DELE 1");
        Assert.Equal("-ERR [SYS/TEMP] disk full", await client.AskAsync("QUIT"));
        Assert.Empty(await client.RestAsync());
        Assert.Equal(3, Maildrop.Count);
    }

    [Fact]
    public async Task The_answer_to_QUIT_can_be_lost_after_the_removal()
    {
        Start(FaultScript.None.At("QUIT").CutAfterOctets(0));
        var client = await SignInAsync();
        await AskAsync(client, "DELE 1", "DELE 2");
        await client.SendAsync("QUIT\r\n");
        Assert.Empty(await client.RestAsync());
        Assert.Equal(["c"], UniqueIds());
    }

    [Fact]
    public async Task The_connection_can_be_lost_before_the_removal()
    {
        Start(FaultScript.None.At("QUIT").CutBefore());
        var client = await SignInAsync();
        await client.AskAsync("DELE 1");
        await client.SendAsync("QUIT\r\n");
        Assert.Empty(await client.RestAsync());
        Assert.Equal(3, Maildrop.Count);
    }

    [Fact]
    public async Task Retrieved_messages_can_be_removed_at_QUIT()
    {
        Start(FaultScript.None.At("QUIT").RemovesRetrieved());
        var client = await SignInAsync();
        await client.AskBlockAsync("RETR 2");
        await client.AskBlockAsync("TOP 3 0");
        AssertOk(await client.AskAsync("QUIT"));
        Assert.Equal(["a", "c"], UniqueIds());
    }

    [Fact]
    public async Task Retrieved_messages_can_be_removed_at_once()
    {
        Start(FaultScript.None.At("RETR", message: 2).RemovesAtOnce());
        var client = await SignInAsync();
        Assert.Equal(Second + ".\r\n", (await client.AskBlockAsync("RETR 2")).Block);
        Assert.Equal(["a", "c"], UniqueIds());
        AssertRefused(await client.AskAsync("RETR 2"));
    }

    [Fact]
    public async Task Deleted_messages_can_be_removed_at_once()
    {
        Start(FaultScript.None.At("DELE").RemovesAtOnce());
        var client = await SignInAsync();
        AssertOk(await client.AskAsync("DELE 1"));
        Assert.Equal(["b", "c"], UniqueIds());
        AssertOk(await client.AskAsync("RSET"));
        Assert.Equal(["b", "c"], UniqueIds());
    }

    [Theory]
    [InlineData(false, new[] { "b", "c" })]
    [InlineData(true, new[] { "c" })]
    public async Task A_disconnection_can_remove(bool retrievedToo, string[] left)
    {
        var place = FaultScript.None.AtDisconnect(session: 1);
        Start(retrievedToo ? place.RemovesRetrieved() : place.RemovesMarked());
        var client = await SignInAsync();
        await client.AskAsync("DELE 1");
        await client.AskBlockAsync("RETR 2");
        client.Finish();
        await Server.SessionsClosedAsync();
        Assert.Equal(left, UniqueIds());
    }

    [Fact]
    public async Task Without_the_lock_two_sessions_share_a_maildrop()
    {
        Start(FaultScript.None.WithoutLock());
        var first = await SignInAsync();
        var second = await SignInAsync();
        await first.AskAsync("DELE 1");
        await second.AskAsync("DELE 1");
        await second.AskAsync("DELE 2");
        AssertOk(await first.AskAsync("QUIT"));
        AssertRefused(await second.AskAsync("RETR 1"));
        AssertOk(await second.AskAsync("QUIT"));
        Assert.Equal(["c"], UniqueIds());
    }

    [Fact]
    public async Task A_maildrop_can_go_back_to_what_it_was()
    {
        var client = await SignInAsync();
        var removed = Maildrop.Messages[0];
        await AskAsync(client, "DELE 1", "QUIT");
        Maildrop.Restore(removed);
        Assert.Equal(["b", "c", "a"], UniqueIds());
        client = await SignInAsync();
        Assert.Equal(First + ".\r\n", (await client.AskBlockAsync("RETR 3")).Block);
    }
}
