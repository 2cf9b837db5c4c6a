using System.Text.Json.Nodes;
using MailIngest.SystemTests.Worker;
using Xunit;
using Xunit.Sdk;

namespace MailIngest.SystemTests.Faults;

/// <summary>
/// The power goes before and after every call that changes blobs or ledger, and every command to the server: ext4 is shut down without
/// writing its journal (EXT4_IOC_SHUTDOWN), and what was not synced is gone. The server is elsewhere: what left it has to be there when the
/// power is back.
/// </summary>
[Trait("Needs", "root"), Trait("Needs", "gcc")]
public sealed class PowerCutTests
{
    const int Patience = 12;

    const int LaneCount = 2;

    const string Data = "disk";

    static readonly string[] Changes =
        ["write", "writev", "pwrite", "pwritev", "fsync", "fdatasync", "syncfs", "sync_file_range", "ftruncate", "fallocate", "link", "unlink",
            "mkdir", "rmdir", "rename"];

    // Where the ledger has a disk of its own, no fsync of the ledger makes a blob durable by the way.
    [Theory, InlineData(true, 17), InlineData(false, 23)]
    public Task A_power_cut_takes_nothing_that_left_the_server(bool ledgerToo, int every) =>
        SweepAsync(ledgerToo, messages: 3, commitEvery: 0, every);

    [Fact]
    public Task A_power_cut_takes_nothing_of_many_messages_that_are_synced_together() =>
        SweepAsync(ledgerToo: true, messages: 24, commitEvery: 0, every: 37);

    [Theory, Trait("Length", "Full"), InlineData(true), InlineData(false)]
    public Task A_power_cut_at_any_change_takes_nothing_that_left_the_server(bool ledgerToo) =>
        SweepAsync(ledgerToo, messages: 3, commitEvery: 0, every: 1);

    /// <summary>A session for each message: there is a cut between the DELEs as well.</summary>
    [Fact, Trait("Length", "Full")]
    public Task A_power_cut_at_any_change_of_several_sessions_takes_nothing_that_left_the_server() =>
        SweepAsync(ledgerToo: true, messages: 4, commitEvery: 1, every: 1);

    /// <summary>The sweep can fail: where fsync does nothing, or that of a folder, the power takes mail that has left the server.</summary>
    [Theory, InlineData(true, "*"), InlineData(false, Data + "/blobs/office/" + SampleMail.Day)]
    public async Task Where_fsync_does_nothing_the_loss_is_noticed(bool ledgerToo, string synced)
    {
        await using var host = new OwnHost();
        using var disk = new PoweredDisk();
        using var ordeal = Prepare(host, disk, ledgerToo, messages: 3, commitEvery: 0);

        await Assert.ThrowsAnyAsync<XunitException>(
            () => ordeal.StrikeAsync(Fault.Skips("fsync", synced), new Fault("cutafter", "shutdown", "pop3", 1)));

        Assert.True(ordeal.IsBroken);
    }

    static async Task SweepAsync(bool ledgerToo, int messages, int commitEvery, int every)
    {
        await using var lanes = new Lanes(LaneCount, () => new Lane(new OwnHost(), disk: new PoweredDisk()));
        Ordeal PrepareOn(Lane lane) => Prepare(lane.Host, lane.Disk!, ledgerToo, messages, commitEvery);
        var (calls, _) = await Ordeal.PointsAsync(
            () => Task.FromResult(PrepareOn(lanes.First)),
            call => (call.IsOnFile && Changes.Contains(call.Name)) || call is { Object: "pop3", Name: "send" or "sendmsg" or "shutdown" });
        IReadOnlyList<(Point Call, bool After)> points = [.. calls.SelectMany(call => new[] { (call, false), (call, true) })];
        var what = $"power cuts of {(ledgerToo ? "blobs and ledger" : "blobs")}, {messages} messages, commitEvery {commitEvery}";
        var report = new FaultReport(what, points.Count, every);
        await report.SweepAsync(points, lanes, async (lane, point) =>
        {
            for (var tries = Patience; tries > 0; tries--)
            {
                using var ordeal = PrepareOn(lane);
                var run = await ordeal.StrikeAsync(Fault.Cut(point.Call, point.After));
                report.Add(await ordeal.RecoverAsync());
                if (run.Killed)
                    return "cut";
            }
            return null;
        });
        report.End();
    }

    static Ordeal Prepare(MailHost host, PoweredDisk disk, bool ledgerToo, int messages, int commitEvery)
    {
        var place = new Workplace(blobs: Data, ledger: ledgerToo ? Data : "");
        disk.Attach(Path.Combine(place.Folder, Data));
        return new Ordeal(host, place, messages: messages, mailbox: new JsonObject { ["commitEvery"] = commitEvery }, disk: disk);
    }
}
