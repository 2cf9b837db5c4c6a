using MailIngest.Pop3.Server;
using MailIngest.SystemTests.Corpus;
using MailIngest.SystemTests.Worker;
using Xunit;

namespace MailIngest.SystemTests.Run;

/// <summary>SIGTERM while a message is under way: the process ends in time, and the message is stored once.</summary>
public sealed class ShutdownTests : RunTest
{
    static readonly byte[] Large = SampleMail.Make(1, 3_000_000);

    [Fact]
    public async Task A_message_under_way_is_finished_and_no_other_is_begun()
    {
        await using var run = await RetrievingAsync(faults => faults.At("RETR").Dribbles(4096), "60s");

        run.Terminate();

        (await run.EndAsync()).Ended(ExitCode.Done).Said("stopped in good order");
        Assert.Equal(0, Maildrops["alice"].Count);
        await AssertStoredOnceAsync();
    }

    [Fact]
    public async Task A_message_that_does_not_come_is_dropped_in_time_and_stored_once_after_the_next_start()
    {
        await using (var run = await RetrievingAsync(faults => faults.At("RETR", occurrence: 1).StallAfterOctets(1_000_000), "5s"))
        {
            var started = TimeProvider.System.GetTimestamp();
            run.Terminate();

            (await run.EndAsync()).Ended(ExitCode.Temporary).Said("dropped at the end: 1");
            Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(6));
        }
        Assert.Equal(1, Maildrops["alice"].Count);
        Assert.Empty(await Place.Blobs.ReadAsync(Stop));

        (await Place.OnceAsync(Stop)).Ended(ExitCode.Done);
        Assert.Equal(0, Maildrops["alice"].Count);
        await AssertStoredOnceAsync();
    }

    [Fact]
    public async Task A_second_signal_drops_at_once()
    {
        await using var run = await RetrievingAsync(faults => faults.At("RETR").StallAfterOctets(1_000_000), "10m");

        run.Terminate();
        await run.SaysAsync("told to stop");
        run.Terminate();

        (await run.EndAsync()).Ended(ExitCode.Temporary).Said("dropped at the end: 1");
        Assert.Equal(1, Maildrops["alice"].Count);
    }

    /// <summary>A worker in the middle of the RETR of a large message.</summary>
    async Task<LongRun> RetrievingAsync(Func<FaultScript, FaultScript> faults, string grace)
    {
        Maildrops["alice"].Add(Large);
        Serve(faults);
        SetGrace(grace);
        Write("alice", "1h");
        var run = Place.StartRun();
        await Server.Events.WaitForAsync(happened => happened.IsCommand("RETR"), Stop);
        return run;
    }

    async Task AssertStoredOnceAsync() =>
        Assert.Equal([Wire.Sha256(Wire.Received(Large))], (await Place.Blobs.ReadAsync(Stop)).Select(blob => blob.Sha256));
}
