using System.Globalization;
using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using MailIngest.SystemTests.Servers;
using MailIngest.SystemTests.Worker;
using Xunit;

namespace MailIngest.SystemTests.Run;

/// <summary>SIGTERM while the blocks of a large message are on their way into a container.</summary>
[Trait("Needs", "Dovecot"), Trait("Needs", "Azurite")]
public sealed class UploadShutdownTests(SharedDovecot dovecot)
{
    const long Octets = 400L << 20;
    static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_upload_that_takes_too_long_is_dropped_in_time_and_the_message_is_stored_once_after_the_next_start()
    {
        Assert.SkipUnless(AzuriteServer.IsInstalled, AzuriteServer.Missing);
        var maildrop = dovecot.Server.NewMaildrop();
        var sha256 = "";
        maildrop.Put("large", file => sha256 = LargeMail.Write(file, Octets));
        await using var azurite = await AzuriteServer.StartAsync(onDisk: true, Stop);
        var container = await azurite.NewContainerAsync(Stop);
        using var place = new Workplace
        {
            Blobs = new BlobContainer(azurite.ConnectionString, container),
            MoreSettings = new()
            {
                ["web"] = new JsonObject { ["enabled"] = false },
                ["run"] = new JsonObject { ["shutdownGrace"] = $"{Grace.TotalSeconds}s" },
            },
        };
        place.AddMailbox("office", dovecot.Server, maildrop, changes: new() { ["every"] = "1h" });

        await using (var run = place.StartRun())
        {
            await BlockArrivedAsync(container);
            var told = TimeProvider.System.GetTimestamp();
            run.Terminate();
            (await run.EndAsync()).Ended(ExitCode.Temporary);
            var took = TimeProvider.System.GetElapsedTime(told);
            TestContext.Current.TestOutputHelper!.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"told to stop in the middle of the upload, ended after {took.TotalSeconds:0.00} s of a grace of {Grace.TotalSeconds} s"));
            Assert.InRange(took, TimeSpan.Zero, Grace + TimeSpan.FromSeconds(0.5));
        }
        Assert.Single(maildrop.Left);
        Assert.Empty(await place.Blobs.ReadAsync(Stop));

        await using (var run = place.StartRun())
        {
            await run.SaysAsync("office: listed 1 = fetched 1", "1 deleted");
            run.Terminate();
            (await run.EndAsync()).Ended(ExitCode.Done);
        }
        Assert.Empty(maildrop.Left);
        Assert.Equal([(Octets, sha256)], (await place.Blobs.ReadAsync(Stop)).Select(blob => (blob.Octets, blob.Sha256)));
    }

    static async Task BlockArrivedAsync(BlobContainerClient container)
    {
        using var often = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (await often.WaitForNextTickAsync(Stop))
            await foreach (var _ in container.GetBlobsAsync(BlobTraits.None, BlobStates.Uncommitted, prefix: null, Stop))
                return;
    }
}
