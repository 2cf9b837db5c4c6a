using MailIngest.Blobs;
using Xunit;

namespace MailIngest.Tests.Blobs;

/// <summary>Every job is done once and has ended on return, however many helpers there are.</summary>
public sealed class SyncCrewTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory, InlineData(0), InlineData(1), InlineData(4), InlineData(61), InlineData(256)]
    public void Each_job_is_done_once(int count)
    {
        var done = new int[count];

        new SyncCrew().ForEach(count, n => Interlocked.Increment(ref done[n]));

        Assert.All(done, times => Assert.Equal(1, times));
    }

    [Fact]
    public void Helpers_work_at_the_same_time()
    {
        using var together = new Barrier(2);

        new SyncCrew().ForEach(4, n =>
        {
            if (n < 2)
                together.SignalAndWait(Stop); // alone, this thread would wait here for ever
        });

        Assert.Equal(1, together.CurrentPhaseNumber);
    }

    [Theory, InlineData(0), InlineData(1), InlineData(7)]
    public void A_helper_that_cannot_be_started_is_done_without(int startable)
    {
        var done = new int[64];
        var started = 0;
        var crew = new SyncCrew(helper =>
        {
            if (started == startable)
                throw new InsufficientMemoryException("Insufficient memory to continue the execution of the program.");
            started++;
            helper.Start();
        });

        crew.ForEach(done.Length, n => Interlocked.Increment(ref done[n]));

        Assert.All(done, times => Assert.Equal(1, times));
        Assert.Equal(startable, started);
    }

    [Fact]
    public void A_failure_is_thrown_only_when_no_helper_is_at_work_any_more()
    {
        var (started, done) = (0, 0);
        var crew = new SyncCrew(helper =>
        {
            if (++started > 1)
                throw new InvalidOperationException("broken");
            helper.Start();
        });

        Assert.Throws<InvalidOperationException>(() => crew.ForEach(64, _ => Interlocked.Increment(ref done)));

        Assert.Equal(64, done); // by the one helper
    }
}
