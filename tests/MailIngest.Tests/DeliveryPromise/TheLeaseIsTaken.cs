using System.Text;
using MailIngest.Ledger;
using MailIngest.Pop3.Server;
using MailIngest.Tests.Blobs;
using Xunit;

namespace MailIngest.Tests.DeliveryPromise;

/// <summary>
/// Another worker takes the mailbox in the middle of our session: from then on we write nothing, delete nothing and close without QUIT.
/// </summary>
public sealed class TheLeaseIsTaken(AzuriteFixture azurite) : DeliveryTest(azurite)
{
    [Theory, OnEachStore]
    public async Task A_message_committed_after_that_is_not_deleted(Store store)
    {
        await using var delivery = await OpenAsync(store, FaultScript.None.At("QUIT").RemovesRetrieved());
        delivery.Add(2);
        MailboxLease? other = null;
        delivery.Blobs.Once(StoreCall.Committed, async () => other = await TakeAsync(delivery));

        Assert.Equal(ExitCode.Temporary, (await delivery.PollAsync()).ExitStatus);

        Assert.Equal((0, 0, 0), (delivery.Sent("DELE"), delivery.Sent("QUIT"), delivery.Removed));
        await ItIsOursAgainAsync(delivery, other!);
    }

    [Theory, OnEachStore]
    public async Task A_message_stored_before_is_not_deleted(Store store)
    {
        await using var delivery = await OpenAsync(store);
        delivery.Mailbox = delivery.Mailbox with { Delete = false };
        delivery.Add(2);
        await delivery.PollAsync();
        delivery.Mailbox = delivery.Mailbox with { Delete = true };
        MailboxLease? other = null;
        delivery.Blobs.Once(StoreCall.Find, async () => other = await TakeAsync(delivery));

        Assert.Equal(ExitCode.Temporary, (await delivery.PollAsync()).ExitStatus);

        Assert.Equal((0, 0), (delivery.Sent("DELE"), delivery.Sent("QUIT")));
        await ItIsOursAgainAsync(delivery, other!);
        Assert.Equal(0, delivery.Sent("RETR"));
    }

    [Theory, OnEachStore]
    public async Task What_was_marked_by_DELE_is_not_committed_by_QUIT(Store store)
    {
        await using var delivery = await OpenAsync(store, FaultScript.None.At("DELE", message: 2, session: 1).Refuses("this one not"));
        delivery.Add(2);
        MailboxLease? other = null;
        delivery.Log.At = line => other ??= line.Id == DeleteRefused ? TakeAsync(delivery).GetAwaiter().GetResult() : null;

        Assert.Equal(ExitCode.Temporary, (await delivery.PollAsync()).ExitStatus);

        Assert.Equal((2, 0, 0), (delivery.Sent("DELE"), delivery.Sent("QUIT"), delivery.Removed));
        await ItIsOursAgainAsync(delivery, other!);
        Assert.Equal(0, delivery.Sent("RETR"));
    }

    [Theory, OnEachStore]
    public async Task Two_workers_that_upload_under_one_name_never_mix_their_octets(Store store)
    {
        // The second worker's session gets other octets after the same header, as from a server that rewrites bodies.
        var script = FaultScript.None.WithoutLock().At("RETR", session: 2).SendsOctets(Large('b'));
        await using var delivery = await OpenAsync(store, script, OneSession);
        delivery.Add(Large('a'), "same");
        delivery.Blobs.Once(StoreCall.Commit, async () =>
        {
            delivery.Blobs.Fail(StoreCall.Commit);
            delivery.Clock.Jump(TimeSpan.FromMinutes(15)); // LOGIN-DELAY
            await delivery.BeginPoll(); // takes the lease, uploads what it gets, and fails at the commit
            delivery.Blobs.At = null;
        });

        Assert.Equal(ExitCode.Temporary, (await delivery.PollAsync()).ExitStatus);

        Assert.Equal((0, 0), (delivery.Sent("DELE"), delivery.Sent("QUIT")));
        Assert.Single(await delivery.BlobsAsync());
        await delivery.PollAsync();
        Assert.Empty(delivery.OnServer);

        static byte[] Large(char body) =>
            Encoding.ASCII.GetBytes("Subject: the same\r\n\r\n" + string.Concat(Enumerable.Repeat(new string(body, 70) + "\r\n", 130_000)));
    }

    /// <summary>The line that is logged between the answers to DELE and the QUIT.</summary>
    const int DeleteRefused = 300;

    static async Task<MailboxLease> TakeAsync(Delivery delivery) =>
        await delivery.Ledger.Ledger.TakeLeaseAsync(Delivery.Box, "another-host/1/1", TimeSpan.FromMinutes(2), _ => true, Stop)
            ?? throw new InvalidOperationException("The lease was not to be had.");

    static async Task ItIsOursAgainAsync(Delivery delivery, MailboxLease other)
    {
        Assert.True((await delivery.PollAsync()).HeldElsewhere);
        Assert.Equal(0, delivery.Sessions);

        await other.DisposeAsync();
        await delivery.PollAsync();
        Assert.Empty(delivery.OnServer);
        Assert.Equal(2, (await delivery.BlobsAsync()).Count);
    }
}
