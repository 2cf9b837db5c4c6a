using System.Diagnostics;
using MailIngest.Polling;
using MailIngest.Telemetry;
using MailIngest.Tests.Polling;
using Xunit;

namespace MailIngest.Tests.Telemetry;

/// <summary>The span of a poll.</summary>
public class PollTraceTests
{
    [Theory]
    [InlineData(null, "ok", ActivityStatusCode.Unset)]
    [InlineData(PollResult.Busy, "busy", ActivityStatusCode.Unset)]
    [InlineData(PollResult.Interrupted, "interrupted", ActivityStatusCode.Unset)]
    [InlineData(PollResult.Network, "network", ActivityStatusCode.Error)]
    public void A_poll_that_failed_is_an_error_and_one_that_waits_for_its_turn_is_none(
        PollResult? failure, string result, ActivityStatusCode status)
    {
        var (mailbox, polls) = ($"traced-{result}", Instruments.Polls); // made before anybody listens
        var ended = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source == polls,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                if (mailbox.Equals(activity.GetTagItem("mailbox")))
                    ended.Add(activity);
            },
        };
        ActivitySource.AddActivityListener(listener);
        var report = new PollReport(mailbox) { Failure = failure is { } kind ? new(kind, ExitCode.Temporary, "no") : null };
        report.Complete(TimeSpan.FromSeconds(3));
        PollMetrics.Record(report, A.Noon);

        var span = Assert.Single(ended);
        Assert.Equal((result, status), (span.GetTagItem("result"), span.Status));
        Assert.Equal((A.Noon.AddSeconds(-3).UtcDateTime, TimeSpan.FromSeconds(3)), (span.StartTimeUtc, span.Duration));
    }
}
