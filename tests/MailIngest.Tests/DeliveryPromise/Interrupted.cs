using MailIngest.Ledger;
using MailIngest.Pop3;
using MailIngest.Pop3.Server;
using MailIngest.Tests.Blobs;
using Xunit;

namespace MailIngest.Tests.DeliveryPromise;

/// <summary>
/// The worker is told to end: no new RETR, what is stored is deleted and committed; told again, it drops everything where it stands.
/// </summary>
public sealed class Interrupted(AzuriteFixture azurite) : DeliveryTest(azurite)
{
    [Theory, OnEachStore]
    public async Task After_the_first_signal_what_is_stored_is_deleted_and_the_rest_is_left(Store store)
    {
        await using var delivery = await OpenAsync(store, FaultScript.None.At("QUIT").RemovesRetrieved());
        delivery.Mailbox = delivery.Mailbox with { Pipelining = Pipelining.Off };
        delivery.Add(3);
        using var enough = new CancellationTokenSource();
        delivery.Blobs.Once(StoreCall.Advance, enough.CancelAsync);

        var report = await delivery.PollAsync(enough.Token);

        Assert.Equal((1, 2, 1), (report.Counts.Fetched, report.Counts.Left, report.Deleted));
        Assert.Null(report.Failure);
        Assert.Equal((1, 1, 1), (delivery.Sent("RETR"), delivery.Sent("QUIT"), delivery.Removed));

        Assert.Equal(2, (await delivery.PollAsync()).Counts.Fetched);
        Assert.Empty(delivery.OnServer);
    }

    [Theory, OnEachStore]
    public async Task A_session_that_takes_long_is_committed_and_another_one_goes_on(Store store)
    {
        await using var delivery = await OpenAsync(store);
        delivery.Mailbox = delivery.Mailbox with { Pipelining = Pipelining.Off };
        delivery.Add(3);
        delivery.Blobs.Once(StoreCall.Advance, () =>
        {
            delivery.Clock.Advance(TimeSpan.FromMinutes(16));
            return Task.CompletedTask;
        });

        var report = await delivery.PollAsync();

        Assert.Equal((3, 3, 2), (report.Counts.Fetched, delivery.Removed, delivery.Sessions));
    }

    [Theory, OnEachStore]
    public async Task What_is_on_the_wire_already_is_finished(Store store)
    {
        await using var delivery = await OpenAsync(store);
        delivery.Add(3);
        using var enough = new CancellationTokenSource();
        delivery.Blobs.Once(StoreCall.Advance, enough.CancelAsync);

        Assert.Equal(3, (await delivery.PollAsync(enough.Token)).Counts.Fetched);
        Assert.Empty(delivery.OnServer);
    }

    [Theory, OnEachStore(StoreCall.Advance), OnEachStore(StoreCall.Commit), OnEachStore(StoreCall.Committed)]
    public async Task After_the_second_signal_everything_is_dropped_without_QUIT(Store store, StoreCall call)
    {
        await using var delivery = await OpenAsync(store, FaultScript.None.At("QUIT").RemovesRetrieved());
        delivery.Add(2);
        using var stop = new CancellationTokenSource();
        delivery.Blobs.Once(call, stop.CancelAsync);

        Assert.Equal(ExitCode.Temporary, (await delivery.PollAsync(stop: stop.Token)).ExitStatus);
        Assert.Equal((0, 0, 0), (delivery.Sent("DELE"), delivery.Sent("QUIT"), delivery.Removed));
        Assert.DoesNotContain(MessageState.Deleting, await delivery.StatesAsync());

        await delivery.PollAsync();
        Assert.Empty(delivery.OnServer);
        Assert.Equal(2, (await delivery.BlobsAsync()).Count);
    }
}
