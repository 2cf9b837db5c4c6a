using MailIngest.Blobs;
using MailIngest.Polling;
using Xunit;

namespace MailIngest.Tests.Polling;

public class FetchRoomTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(70_000)]
    [InlineData(1_048_576)]
    [InlineData(3_000_000)]
    [InlineData(AzureDraft.OneRequestOctets)]
    [InlineData(1L << 40)]
    public void A_message_takes_no_more_memory_than_what_it_reserves(long octets)
    {
        using var buffer = new OctetBuffer(octets, AzureDraft.OneRequestOctets);

        Assert.InRange(buffer.Held, 1, FetchRoom.InMemory(octets));
    }

    [Fact]
    public void The_blocks_that_a_large_message_has_to_itself_fit_into_what_it_reserves() =>
        Assert.InRange(AzureBlocks.OwnBlocks * AzureBlocks.MostOctets, 1, FetchRoom.InMemory(long.MaxValue));
}
