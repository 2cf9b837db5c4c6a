using MailIngest.Ledger;
using MailIngest.Tests.Blobs;
using Xunit;

namespace MailIngest.Tests.DeliveryPromise;

/// <summary>
/// The host's clock jumps by years, in either direction: no message is lost or stored twice for it, and nothing waits for years.
/// </summary>
public sealed class TheClockJumps(AzuriteFixture azurite) : DeliveryTest(azurite)
{
    const int Forward = 3650, Back = -3650;

    [Theory, OnEachStore(Forward), OnEachStore(Back)]
    public async Task A_jump_in_the_middle_of_a_session_changes_nothing(Store store, int days)
    {
        await using var delivery = await OpenAsync(store);
        delivery.Add(3);
        delivery.Blobs.Once(StoreCall.Commit, () =>
        {
            delivery.Clock.Jump(TimeSpan.FromDays(days));
            return Task.CompletedTask;
        });

        var report = await delivery.PollAsync();
        Assert.Equal((3, 3), (report.Counts.Fetched, delivery.Removed));
        Assert.Null(report.Failure);
        await delivery.PollAsync();
        Assert.All(await delivery.StatesAsync(), state => Assert.Equal(MessageState.Gone, state));
    }

    [Theory, OnEachStore(Forward), OnEachStore(Back)]
    public async Task A_jump_between_a_crash_and_the_next_poll_stores_nothing_twice(Store store, int days)
    {
        await using var delivery = await OpenAsync(store);
        delivery.Add();
        delivery.Blobs.Once(StoreCall.Committed, () =>
        {
            delivery.Kill();
            return Task.CompletedTask;
        });
        await delivery.PollAsync();
        delivery.Clock.Jump(TimeSpan.FromDays(days));

        await delivery.PollAsync();
        Assert.Equal((1, 1), (delivery.Sent("RETR"), delivery.Removed));
        Assert.Single(await delivery.BlobsAsync());
    }

    [Theory, OnEachStore]
    public async Task What_was_forgotten_too_early_is_found_in_the_store_when_it_comes_back(Store store)
    {
        await using var delivery = await OpenAsync(store);
        var message = delivery.Add();
        await delivery.PollAsync();
        await delivery.PollAsync();
        delivery.Clock.Jump(TimeSpan.FromDays(Forward));
        await delivery.ForgetGoneAsync();
        delivery.BringBack(message);

        await delivery.PollAsync();
        Assert.Equal((1, 1), (delivery.Sent("RETR"), delivery.Removed));
        Assert.Single(await delivery.BlobsAsync());
    }

    [Theory, OnEachStore]
    public async Task With_deleteAfter_a_clock_that_went_back_keeps_the_message_and_deletes_nothing_unstored(Store store)
    {
        await using var delivery = await OpenAsync(store);
        delivery.Mailbox = delivery.Mailbox with { DeleteAfter = TimeSpan.FromDays(1) };
        delivery.Add();
        await delivery.PollAsync();
        delivery.Clock.Jump(TimeSpan.FromDays(Back));
        await delivery.PollAsync();
        Assert.Single(delivery.OnServer);

        delivery.Clock.Jump(TimeSpan.FromDays(Forward + 2));
        await delivery.PollAsync();
        Assert.Equal((0, 1), (delivery.Sent("RETR"), delivery.Removed));
    }
}
