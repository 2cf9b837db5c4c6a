using System.Text;
using MailIngest.Polling;
using MailIngest.Pop3;
using Xunit;

namespace MailIngest.Tests.Polling;

/// <summary>The compact memory of what is settled answers as a dictionary would, in whatever order it is asked.</summary>
public class SettledMessagesTests
{
    static SettledMessages Of(params (string UniqueId, long Octets)[] messages)
    {
        var settled = new SettledMessages();
        foreach (var (uniqueId, octets) in messages)
            Assert.True(settled.TryAdd(uniqueId, octets));
        return settled;
    }

    static bool Knows(SettledMessages settled, string uniqueId, long octets, int number = 77) =>
        settled.Knows(new ScanListing(number, octets), Encoding.Latin1.GetBytes(uniqueId));

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(15, 1)]
    [InlineData(16, 2)]
    [InlineData(17, 3)]
    [InlineData(400, 4)]
    [InlineData(40_000, 5)]
    public void Each_is_found_with_its_octets_and_no_other_is(int count, int seed)
    {
        var random = new Random(seed);
        var octets = new SortedDictionary<string, long>(StringComparer.Ordinal);
        while (octets.Count < count)
            octets[Name(random)] = random.Next(3) == 0 ? random.NextInt64() : random.Next(500);
        var settled = Of([.. octets.Select(pair => (pair.Key, pair.Value))]);
        Assert.Equal(count, settled.Count);
        Assert.Equal(octets.Keys, settled.NotListed());

        var asked = octets.Keys.Where(_ => random.Next(4) > 0).Concat(Enumerable.Range(0, 100).Select(_ => Name(random))).Distinct().ToArray();
        if (seed % 2 == 0)
            random.Shuffle(asked);
        else
            Array.Sort(asked, StringComparer.Ordinal);
        foreach (var name in asked)
            Assert.Equal(octets.ContainsKey(name), Knows(settled, name, octets.GetValueOrDefault(name)));
        Assert.False(settled.IsListedTwice);
        Assert.Equal(octets.Keys.Except(asked), settled.NotListed());
        Assert.All(octets.Keys.Concat(asked), name => Assert.Equal(octets.ContainsKey(name) && asked.Contains(name), settled.WasKnown(name)));

        static string Name(Random random) => new([.. Enumerable.Range(0, random.Next(1, random.Next(1, 70))).Select(_ => (char)random.Next('!', '~' + 1))]);
    }

    [Fact]
    public void With_other_octets_it_is_listed_and_not_known()
    {
        var settled = Of(("a", 100), ("b", 100));
        Assert.False(Knows(settled, "a", 101));
        Assert.Equal(["b"], settled.NotListed());
        Assert.False(settled.WasKnown("a"));
    }

    [Theory]
    [InlineData(100, 100)]
    [InlineData(100, 200)]
    [InlineData(200, 100)]
    public void A_unique_id_that_comes_twice_is_noticed_whatever_the_octets_are(long first, long second)
    {
        var settled = Of(("a", 100));
        Knows(settled, "a", first, 1);
        Assert.False(settled.IsListedTwice);
        Knows(settled, "a", second, 2);
        Assert.True(settled.IsListedTwice);
    }

    [Fact]
    public void A_unique_id_that_is_its_number_is_listed_and_not_known()
    {
        var settled = Of(("12", 100), ("7", 100));
        Assert.False(Knows(settled, "7", 100, number: 7));
        Assert.True(Knows(settled, "12", 100, number: 7));
        Assert.Empty(settled.NotListed());
    }

    [Fact]
    public void What_is_out_of_order_long_or_no_unique_id_of_RFC_1939_has_no_place()
    {
        var settled = Of(("b", 1));
        Assert.False(settled.TryAdd("a", 1));
        Assert.False(settled.TryAdd("b", 1));
        Assert.False(settled.TryAdd("c d", 1));
        Assert.False(settled.TryAdd("d\u00e4", 1));
        Assert.False(settled.TryAdd(new string('e', 251), 1));
        Assert.True(settled.TryAdd(new string('e', 250), long.MaxValue));
        Assert.True(Knows(settled, new string('e', 250), long.MaxValue));
        Assert.False(Knows(settled, new string('e', 251), 1));
        Assert.False(Knows(settled, "", 1));
    }
}
