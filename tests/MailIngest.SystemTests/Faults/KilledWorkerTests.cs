using System.Globalization;
using MailIngest.SystemTests.Servers;
using MailIngest.SystemTests.Worker;
using Xunit;

namespace MailIngest.SystemTests.Faults;

/// <summary>kill -9 in the n-th system call of a kind, for every n there is: a clean run ends with every message stored once.</summary>
[Trait("Needs", "Dovecot"), Trait("Needs", "strace")]
public sealed class KilledWorkerTests(SharedDovecot dovecot)
{
    const int Messages = 3;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("fsync,fdatasync", 10), InlineData("link,linkat", 4), InlineData("unlink,unlinkat", 4), InlineData("sendto,sendmsg", 8)]
    public Task A_killed_worker_loses_nothing_and_stores_nothing_twice(string calls, int most) => SweepAsync(calls, most);

    [Theory, Trait("Length", "Full")]
    [InlineData("fsync,fdatasync", 100), InlineData("link,linkat", 100), InlineData("unlink,unlinkat", 100)]
    [InlineData("sendto,sendmsg", 100), InlineData("recvmsg,recvfrom", 100)]
    [InlineData("pwrite64,pwritev", 100), InlineData("ftruncate,fallocate", 50)]
    public Task A_killed_worker_loses_nothing_and_stores_nothing_twice_at_any_call(string calls, int most) => SweepAsync(calls, most);

    async Task SweepAsync(string calls, int most)
    {
        var kills = 0;
        for (var n = 1; n <= most; n++)
        {
            if (!await KillAtAsync(calls, n))
                break;
            kills++;
        }
        TestContext.Current.TestOutputHelper!.WriteLine($"{calls}: killed at {kills} points");
        Assert.True(kills > 0, $"The worker never called {calls}: nothing was tested.");
    }

    // False when the worker ended before its n-th call.
    async Task<bool> KillAtAsync(string calls, int n)
    {
        var server = dovecot.Server;
        var maildrop = server.NewMaildrop();
        var mail = new Consignment(maildrop);
        for (var number = 1; number <= Messages; number++)
            mail.Put($"mail{number}", SampleMail.Make(number));
        using var place = new Workplace();
        place.AddMailbox("office", server, maildrop);

        var fault = string.Create(CultureInfo.InvariantCulture, $"signal=KILL:when={n}");
        var run = await place.RunAsync(["once"], Stop, under: Strace.Inject(calls, fault));
        mail.AssertPromise(await place.Blobs.ReadAsync(Stop));

        (await place.OnceAsync(Stop)).Ended(ExitCode.Done);
        mail.AssertDelivered(await place.Blobs.ReadAsync(Stop));
        return run.Killed;
    }
}
