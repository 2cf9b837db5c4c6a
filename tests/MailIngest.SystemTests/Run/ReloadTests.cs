using System.Diagnostics;
using MailIngest.SystemTests.Worker;
using Xunit;

namespace MailIngest.SystemTests.Run;

/// <summary>A worker that runs follows its mailbox files.</summary>
public sealed class ReloadTests : RunTest
{
    static readonly TimeSpan Promise = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Mailboxes_come_break_change_and_go_without_a_restart()
    {
        Serve();
        SetGrace("25s");
        Write("alice");
        await using var run = Place.StartRun();
        await run.SaysAsync("polling begins", "mailboxes: 1");
        await DeliverAsync(run, "alice", 1);
        await DeliverAsync(run, "alice", 2); // it is polled again and again

        Write("bob");
        await WithinAsync(() => DeliverAsync(run, "bob", 3));
        Place.WriteMailbox("alice", """{ "hots": "x" }""");
        await WithinAsync(() => run.SaysAsync("ERR", "alice.json:1: hots"));
        await DeliverAsync(run, "alice", 4); // as its file was
        Write("alice", "2s");
        await WithinAsync(() => run.SaysAsync("all mailbox files are right again"));
        await WithinAsync(() => run.SaysAsync("changed alice"));
        File.Delete(Path.Combine(Place.MailboxFolder, "bob.json"));
        await WithinAsync(() => run.SaysAsync("removed bob"));
        Maildrops["bob"].Add(SampleMail.Make(5));
        await DeliverAsync(run, "alice", 6);
        Assert.Equal(1, Maildrops["bob"].Count);

        run.Terminate();
        (await run.EndAsync()).Ended(ExitCode.Done).Said("stopped in good order");
        Assert.Equal(5, (await Place.Blobs.ReadAsync(Stop)).Count);
    }

    [Fact]
    public async Task A_ConfigMap_swapped_behind_its_links_takes_effect()
    {
        Serve();
        SetGrace("25s");
        string In(params string[] names) => Path.Combine([Place.MailboxFolder, .. names]);
        Directory.CreateDirectory(In("..1"));
        await File.WriteAllTextAsync(In("..1", "box.json"), Json("alice"), Stop);
        Directory.CreateSymbolicLink(In("..data"), "..1");
        File.CreateSymbolicLink(In("box.json"), "..data/box.json");
        await using var run = Place.StartRun();
        await DeliverAsync(run, "alice", 1);

        Directory.CreateDirectory(In("..2"));
        await File.WriteAllTextAsync(In("..2", "box.json"), Json("bob"), Stop);
        Directory.CreateSymbolicLink(In("..data_tmp"), "..2");
        using (var mv = Process.Start("mv", ["-T", In("..data_tmp"), In("..data")]))
            await mv.WaitForExitAsync(Stop);

        await WithinAsync(() => DeliverAsync(run, "bob", 2));
        run.Terminate();
        (await run.EndAsync()).Ended(ExitCode.Done);
    }

    static async Task WithinAsync(Func<Task> effect)
    {
        var started = TimeProvider.System.GetTimestamp();
        await effect();
        // What is promised, and the time of a poll on a busy machine.
        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, Promise + TimeSpan.FromSeconds(5));
    }
}
