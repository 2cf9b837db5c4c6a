using System.Text;
using Xunit;

namespace MailIngest.Pop3.Tests.Client;

/// <summary>A listing of which most is known: counted, not kept, and as strictly checked.</summary>
public class KnownMessageTests
{
    const string List = "C: STAT\nS: +OK 4 460\nC: LIST\nS: +OK\nS: 5 50\nS: 1 120\nS: 2 200\nS: 9 5000000000\nS: .\n";

    [Fact]
    public async Task Each_message_with_a_unique_id_is_asked_about_once_with_its_line_of_LIST()
    {
        var asked = await ListAsync(List + "C: UIDL\nS: +OK\nS: 9 n\u00ED ne\nS: +OK 1  one\nS: 5 \nS: .", _ => false);
        Assert.Equal([(new(9, 5_000_000_000), "n\u00ED ne"), (new(1, 120), "one")], asked.Asked);
        Assert.Equal([new(1, 120, "one"), new(2, 200, null), new(5, 50, null), new(9, 5_000_000_000, "n\u00ED ne")], asked.Listing!.Messages);
        Assert.Equal((0, 4), (asked.Listing.Known, asked.Listing.Count));
    }

    [Fact]
    public async Task A_known_message_is_counted_and_not_kept()
    {
        var asked = await ListAsync(List + "C: UIDL\nS: +OK\nS: 9 nine\nS: 1 one\nS: 5 five\nS: 2 two\nS: .", uniqueId => uniqueId != "two");
        Assert.Equal([new(2, 200, "two")], asked.Listing!.Messages);
        Assert.Equal((3, 4), (asked.Listing.Known, asked.Listing.Count));
    }

    [Theory]
    [InlineData("3 0", "1 1|2 1", "1 a|2 b", "STAT counts 3 messages, LIST has 2", 0)]
    [InlineData("2 0", "1 1|1 1", "1 a", "LIST has message 1 twice", 0)]
    [InlineData("2 0", "1 1|2 1", "1 a|1 b", "UIDL has message 1 twice", 1)]
    [InlineData("2 0", "1 1|3 1", "1 a|2 b", "UIDL names message 2", 1)]
    [InlineData("2 0", "1 1|2 1", "2 a|3 b", "UIDL names message 3", 1)]
    public async Task A_listing_of_known_messages_that_contradicts_itself_breaks_the_session(
        string stat, string list, string uidl, string flaw, int asked)
    {
        static string Lines(string lines) => string.Concat(lines.Split('|').Select(line => $"S: {line}\n"));
        var answer = await ListAsync($"C: STAT\nS: +OK {stat}\nC: LIST\nS: +OK\n{Lines(list)}S: .\nC: UIDL\nS: +OK\n{Lines(uidl)}S: .", _ => true);
        Assert.Contains(flaw, Assert.IsType<Pop3ProtocolException>(answer.Failure).Message);
        Assert.Equal(asked, answer.Asked.Count);
    }

    [Fact]
    public async Task Where_there_are_no_unique_ids_nobody_is_asked()
    {
        var asked = await ListAsync("C: STAT\nS: +OK 1 1\nC: LIST\nS: +OK\nS: 1 1\nS: .\nC: UIDL\nS: -ERR no", _ => true);
        Assert.Empty(asked.Asked);
        Assert.Equal([new(1, 1, null)], asked.Listing!.Messages);
    }

    static async Task<(MaildropListing? Listing, List<(ScanListing Scan, string UniqueId)> Asked, Exception? Failure)> ListAsync(
        string transcript, Func<string, bool> known)
    {
        await using var server = ScriptedServer.Play(transcript);
        await using var session = await server.OpenAsync();
        var asked = new List<(ScanListing, string)>();
        bool Known(ScanListing scan, ReadOnlySpan<byte> uniqueId)
        {
            asked.Add((scan, Encoding.Latin1.GetString(uniqueId)));
            return known(asked[^1].Item2);
        }
        MaildropListing? listing = null;
        var failure = await Record.ExceptionAsync(async () => listing = await session.ListMaildropAsync(Known, default));
        Assert.Equal(failure is not null, session.IsBroken);
        return (listing, asked, failure);
    }
}
