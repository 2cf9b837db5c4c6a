using MailIngest.Pop3.Server;
using Xunit;

namespace MailIngest.Pop3.Tests.Server;

/// <summary>Where a fault strikes, how often, and that the events tell it.</summary>
public sealed class FaultScriptTests : FaultTest
{
    [Fact]
    public async Task A_fault_strikes_at_its_verb_message_and_session_alone()
    {
        Start(FaultScript.None.At("RETR", message: 2, session: 2).Refuses("[SYS/PERM] poison"));
        var first = await SignInAsync();
        Assert.Equal(Second + ".\r\n", (await first.AskBlockAsync("RETR 2")).Block);
        await first.AskAsync("QUIT");
        var second = await SignInAsync();
        Assert.Equal(First + ".\r\n", (await second.AskBlockAsync("RETR 1")).Block);
        Assert.Equal("-ERR [SYS/PERM] poison", await second.AskAsync("RETR 2"));
        Assert.Equal("-ERR [SYS/PERM] poison", await second.AskAsync("RETR 2"));
    }

    [Fact]
    public async Task An_occurrence_strikes_once_and_times_more_often_counted_over_all_sessions()
    {
        Start(FaultScript.None
            .At("NOOP", occurrence: 2).Refuses("second")
            .At("STAT", times: 2).Refuses("twice")
            .At("RSET", occurrence: 2, times: 2).Refuses("second and third"));
        var client = await SignInAsync();
        Assert.Equal(["+OK", "-ERR second", "+OK"], await AskAsync(client, "NOOP", "NOOP", "NOOP"));
        Assert.Equal("-ERR twice", await client.AskAsync("STAT"));
        await client.AskAsync("QUIT");
        client = await SignInAsync();
        Assert.Equal(["-ERR twice", "+OK 3 59"], await AskAsync(client, "STAT", "STAT"));
        Assert.Equal([false, true, true, false], (await AskAsync(client, "RSET", "RSET", "RSET", "RSET"))
            .Select(answer => answer.StartsWith("-ERR", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Two_servers_with_one_script_count_for_themselves()
    {
        var script = FaultScript.None.At("NOOP", occurrence: 1).Refuses();
        for (var i = 0; i < 2; i++)
        {
            await using var other = Pop3Server.Start(Plain with
            {
                Faults = script,
                Accounts = new Dictionary<string, Pop3Account>(Accounts),
            });
            await using var client = await RawClient.ConnectAsync(other.Port);
            await client.LineAsync();
            await AskAsync(client, "USER alice", "PASS secret");
            Assert.Equal(["-ERR no", "+OK"], await AskAsync(client, "NOOP", "NOOP"));
            await client.AskAsync("QUIT");
        }
    }

    [Fact]
    public async Task Several_faults_at_one_command_and_joined_scripts_all_strike()
    {
        Start(FaultScript.None.At("RETR").AddsVolatileHeader().And(FaultScript.None.At("RETR").SaysAfter("-ERR surprise\r\n")));
        var client = await SignInAsync();
        Assert.Equal("Status: 1\r\n" + First + ".\r\n", (await client.AskBlockAsync("RETR 1")).Block);
        Assert.Equal("-ERR surprise", await client.LineAsync());
    }

    [Fact]
    public async Task What_strikes_is_in_the_events()
    {
        Start(FaultScript.None.At("RETR", message: 2).CutAfterOctets(246));
        var client = await SignInAsync();
        await client.SendAsync("RETR 2\r\n");
        await client.RestAsync();
        Assert.Contains("--: fault at RETR: cut after 246 octets", Server.Events.Select(e => e.ToString()));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public void A_fault_that_never_strikes_cannot_be_written(int occurrence, int times) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => FaultScript.None.At("NOOP", occurrence: occurrence, times: times));
}
