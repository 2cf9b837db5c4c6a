using MailIngest.Commands;
using MailIngest.Tests.Polling;
using Xunit;

namespace MailIngest.Tests.Commands;

public class UnobservedTests
{
    [Fact]
    public void A_failure_that_nobody_looked_at_is_logged_as_a_bug()
    {
        var log = new CapturedLog();
        var lost = new UnobservedTaskExceptionEventArgs(new(new InvalidOperationException("lost on the way")));
        CommandHost.Tell(log, lost);
        Assert.True(lost.Observed);
        Assert.Contains("a bug in MailIngest", Assert.Single(log.Lines), StringComparison.Ordinal);
        Assert.Contains("lost on the way", Assert.Single(log.Exceptions).ToString(), StringComparison.Ordinal);
    }
}
