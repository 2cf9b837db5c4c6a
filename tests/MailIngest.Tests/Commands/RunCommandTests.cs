using MailIngest.Commands;
using MailIngest.Tests.Polling;
using Xunit;

namespace MailIngest.Tests.Commands;

/// <summary>A poll that throws is told to the operator, and the schedule goes on.</summary>
public sealed class RunCommandTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_bug_in_a_poll_is_logged_with_its_exception_and_goes_no_further()
    {
        var log = new CapturedLog();
        var bug = new InvalidOperationException("this should not have happened");

        await RunCommand.Logged(log, _ => throw bug)(A.Mailbox(), Stop);

        Assert.Contains("a bug in MailIngest", Assert.Single(log.Lines), StringComparison.Ordinal);
        Assert.Same(bug, Assert.Single(log.Exceptions));
    }

    [Fact]
    public async Task A_poll_that_ends_well_is_run_once_and_logs_nothing()
    {
        var log = new CapturedLog();
        var polled = new List<string>();

        await RunCommand.Logged(log, mailbox =>
        {
            polled.Add(mailbox.Id);
            return Task.CompletedTask;
        })(A.Mailbox(), Stop);

        Assert.Equal(["sales"], polled);
        Assert.Empty(log.Lines);
    }
}
