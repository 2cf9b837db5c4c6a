using Xunit;

namespace MailIngest.Tests.Polling.Decisions;

/// <summary>What an operator sees of the conversation at log level trace.</summary>
public class TranscriptTests
{
    [Fact]
    public async Task At_trace_the_whole_conversation_is_logged_and_no_password()
    {
        await using var world = await PollWorld.CreateAsync();
        world.Deliver(1);
        await world.PollAsync();
        Assert.Contains(world.Log.Lines, line => line.EndsWith("C: RETR 1", StringComparison.Ordinal));
        Assert.Contains(world.Log.Lines, line => line.EndsWith("C: QUIT", StringComparison.Ordinal));
        Assert.DoesNotContain(world.Log.Lines, line => line.Contains("secret", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true, "C: RETR 1|C: RETR 2|S: +OK 500 octets|S: +OK 500 octets")]
    [InlineData(false, "C: RETR 1|S: +OK 500 octets|C: RETR 2|S: +OK 500 octets")]
    public async Task Where_no_TOP_could_show_what_became_of_a_swallowed_RETR_one_message_is_asked_for_at_a_time(bool top, string expected)
    {
        await using var world = await PollWorld.CreateAsync(server: options => options with { Top = top });
        world.Deliver(2);
        await world.PollAsync();
        Assert.Equal(expected.Split('|'), world.Log.Lines
            .Where(line => line.Contains("C: RETR", StringComparison.Ordinal) || line.Contains("S: +OK 500", StringComparison.Ordinal))
            .Select(line => line[Math.Max(line.IndexOf("C: ", StringComparison.Ordinal), line.IndexOf("S: ", StringComparison.Ordinal))..]));
    }
}
