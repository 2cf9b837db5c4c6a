using MailIngest.SystemTests.Servers;
using MailIngest.SystemTests.Worker;
using Xunit;

namespace MailIngest.SystemTests.Faults;

/// <summary>
/// When the operating system says no, at every call of a small session on a file of the worker's own, with each error: either everything is
/// delivered although the call failed, or what is not stored is not deleted, and both the exit code and a sentence say so. Then a clean run
/// finishes the work.
/// </summary>
[Trait("Needs", "gcc")]
public sealed class ErrnoSweepTests(SharedDovecot dovecot)
{
    const int Patience = 12;

    static readonly Errno[] All = Enum.GetValues<Errno>();

    [Fact]
    public Task A_file_call_that_fails_loses_nothing_and_is_said() => SweepAsync(own: true, lanes: 3, every: 97);

    [Fact]
    public Task A_file_call_that_fails_loses_nothing_of_many_messages_that_are_synced_together() =>
        SweepAsync(own: true, lanes: 3, every: 397, messages: 24);

    [Fact, Trait("Needs", "Dovecot")]
    public Task A_file_call_that_fails_loses_nothing_and_is_said_under_Dovecot() => SweepAsync(own: false, lanes: 3, every: 223);

    // Most of the time of some points is SQLite's patience with a lock that could not be given back.
    [Fact, Trait("Length", "Full")]
    public Task Any_file_call_that_fails_loses_nothing_and_is_said() => SweepAsync(own: true, lanes: 12, every: 1);

    async Task SweepAsync(bool own, int lanes, int every, int messages = 3)
    {
        await using var open = new Lanes(lanes, () => new Lane(own ? new OwnHost() : new DovecotHost(dovecot.Server)));
        var (calls, _) = await Ordeal.PointsAsync(() => Task.FromResult(Prepare(open.First, messages)), call => call.IsOnFile);
        IReadOnlyList<(Point Call, Errno Error)> points = [.. calls.SelectMany(call => All.Select(error => (call, error)))];
        var report = new FaultReport($"errno of {calls.Count} file calls × {All.Length}, {open.First.Host}", points.Count, every);
        await report.SweepAsync(points, open, (lane, point) => FailAsync(lane, messages, point.Call, point.Error, report));
        report.End();
    }

    static Ordeal Prepare(Lane lane, int messages) => new(lane.Host, new Workplace(), messages: messages);

    static async Task<string?> FailAsync(Lane lane, int messages, Point call, Errno error, FaultReport report)
    {
        for (var tries = Patience; tries > 0; tries--)
        {
            using var ordeal = Prepare(lane, messages);
            var run = await ordeal.StrikeAsync(Fault.Fails(call, error));
            if (!LibraryCall.Points(ordeal.Library.Calls).Contains(call))
                continue;
            var end = End(ordeal, run);
            report.Add(await ordeal.RecoverAsync());
            return end;
        }
        return null;
    }

    /// <summary>How it ended. A run fails that did not deliver and does not say why, or that answers with a stack trace.</summary>
    static string End(Ordeal ordeal, WorkerRun run)
    {
        Assert.False(run.Killed || run.ExitCode >= 128, $"The worker crashed (exit code {run.ExitCode}):\n{run.Output}");
        Assert.DoesNotContain("   at MailIngest.", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at System.", run.Output, StringComparison.Ordinal);
        if (run.ExitCode == (int)ExitCode.Done)
        {
            Assert.True(ordeal.IsDelivered, $"Exit code 0, and not everything is delivered:\n{run.Output}");
            return "delivered";
        }
        Assert.DoesNotContain("bug in MailIngest", run.Output, StringComparison.Ordinal);
        // What failed is named: by its path, its place, or the mailbox that was not polled.
        Assert.True(run.Output.Split('\n').Any(line => Names(ordeal).Any(name => line.Contains(name, StringComparison.Ordinal))),
            $"No line names what failed:\n{run.Output}");
        return ordeal.IsDelivered ? "delivered, and a failure said" : "not stored, not deleted, said so";
    }

    static string[] Names(Ordeal ordeal) =>
        [ordeal.Place.SettingsFile, ordeal.Place.MailboxFolder, "mailboxes/", ordeal.Place.LedgerFile,
            ((BlobFolder)ordeal.Place.Blobs).Folder, ordeal.Place.PasswordFile("office")];
}
