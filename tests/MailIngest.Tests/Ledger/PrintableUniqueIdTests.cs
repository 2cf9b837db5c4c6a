using MailIngest.Ledger;
using Xunit;

namespace MailIngest.Tests.Ledger;

public class PrintableUniqueIdTests
{
    [Theory]
    [InlineData("0000001a4e3f", "0000001a4e3f")]
    [InlineData("!\"#$&'()~", "!\"#$&'()~")]
    [InlineData("a b", "a%20b")]
    [InlineData("100%", "100%25")]
    [InlineData("%20", "%2520")]
    [InlineData("\0\x7F\xFF", "%00%7F%FF")]
    public void What_a_person_can_read_stays_and_all_else_is_percent_encoded(string octets, string encoded)
    {
        Assert.Equal(encoded, PrintableUniqueId.Encode(octets));
        Assert.Equal(octets, PrintableUniqueId.Decode(encoded));
    }

    [Fact]
    public void Every_pair_of_octets_has_a_name_of_its_own_and_comes_back()
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var pair = 0; pair < 0x10000; pair++)
        {
            var octets = new string([(char)(pair >> 8), (char)(pair & 0xFF)]);
            var name = PrintableUniqueId.Encode(octets);
            Assert.True(names.Add(name), name);
            Assert.All(name, c => Assert.InRange(c, '\x21', '\x7E'));
            Assert.Equal(octets, PrintableUniqueId.Decode(name));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\u0100")]
    [InlineData("漢")]
    public void What_is_not_octets_is_refused(string notOctets) =>
        Assert.Throws<ArgumentException>(() => PrintableUniqueId.Encode(notOctets));

    [Theory]
    [InlineData("%")]
    [InlineData("a%4")]
    [InlineData("%zz")]
    public void A_name_cut_or_changed_by_hand_is_refused(string name) => Assert.Throws<FormatException>(() => PrintableUniqueId.Decode(name));
}
