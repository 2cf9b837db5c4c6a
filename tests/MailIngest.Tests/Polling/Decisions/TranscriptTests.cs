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
}
