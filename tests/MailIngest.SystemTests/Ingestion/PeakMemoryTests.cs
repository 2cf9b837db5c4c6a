using System.Diagnostics;
using System.Globalization;
using MailIngest.SystemTests.Servers;
using MailIngest.SystemTests.Worker;
using Xunit;

namespace MailIngest.SystemTests.Ingestion;

/// <summary>A message of 1 GiB must not need the memory of 1 GiB.</summary>
public sealed class PeakMemoryTests(SharedDovecot dovecot)
{
    const long Gibibyte = 1L << 30;
    const long MostGrowth = 64L << 20;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact, Trait("Needs", "Dovecot")]
    public async Task A_message_of_1_GiB_into_a_file_needs_at_most_64_MiB_more_than_an_empty_maildrop()
    {
        using var place = new Workplace();
        await MeasureAsync(place, "file");
    }

    [Fact, Trait("Needs", "Dovecot"), Trait("Needs", "Azurite")]
    public async Task A_message_of_1_GiB_into_a_container_needs_at_most_64_MiB_more_than_an_empty_maildrop()
    {
        Assert.SkipUnless(AzuriteServer.IsInstalled, AzuriteServer.Missing);
        await using var azurite = await AzuriteServer.StartAsync(onDisk: true, Stop);
        var container = new BlobContainer(azurite.ConnectionString, await azurite.NewContainerAsync(Stop));
        using var place = new Workplace { Blobs = container };
        await MeasureAsync(place, "Azurite");
    }

    async Task MeasureAsync(Workplace place, string store)
    {
        var server = dovecot.Server;
        var maildrop = server.NewMaildrop();
        place.AddMailbox("huge", server, maildrop);
        var idle = await PeakAsync(place);
        var sha256 = "";
        maildrop.Put("huge", file => sha256 = LargeMail.Write(file, Gibibyte));

        var clock = Stopwatch.StartNew();
        var peak = await PeakAsync(place);

        TestContext.Current.TestOutputHelper!.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"1 GiB into {store}: peak RSS {peak >> 20} MiB, idle {idle >> 20} MiB, "
            + $"growth {(peak - idle) >> 20} MiB, {clock.Elapsed.TotalSeconds:0.0} s"));
        Assert.Equal([(Gibibyte, sha256)], (await place.Blobs.ReadAsync(Stop)).Select(blob => (blob.Octets, blob.Sha256)));
        Assert.Empty(maildrop.Left);
        Assert.True(peak - idle <= MostGrowth, $"Peak RSS grew by {(peak - idle) >> 20} MiB: from {idle} to {peak} octets.");
    }

    // The kernel keeps the peak for as long as the process lives: what is missed is the growth since the last look.
    static async Task<long> PeakAsync(Workplace place)
    {
        using var process = place.StartOnce();
        var end = place.EndAsync(process, Stop);
        var peak = 0L;
        using var often = new PeriodicTimer(TimeSpan.FromMilliseconds(2));
        while (!end.IsCompleted && await often.WaitForNextTickAsync(Stop))
            peak = Math.Max(peak, HighWater(process.Id));
        (await end).Ended(ExitCode.Done);
        Assert.True(peak > 0, "The worker ended before it could be measured.");
        return peak;
    }

    static long HighWater(int process)
    {
        try
        {
            var status = File.ReadLines($"/proc/{process}/status");
            var peak = status.FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)); // "VmHWM:	   21504 kB"
            return peak is null ? 0 : long.Parse(peak.Split(' ')[^2], CultureInfo.InvariantCulture) << 10;
        }
        catch (IOException) // it has just ended
        {
            return 0;
        }
    }
}
