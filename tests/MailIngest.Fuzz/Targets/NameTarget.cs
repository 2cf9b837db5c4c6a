using System.Text;
using MailIngest.Blobs;
using MailIngest.Fuzz.Driver;
using MailIngest.Fuzz.Streams;
using MailIngest.Ledger;
using MailIngest.Messages;

namespace MailIngest.Fuzz.Targets;

/// <summary>
/// What unique-ids and mailbox ids become in the ledger, in metadata and in blob names: harmless, and different for different ones.
/// </summary>
sealed class NameTarget : Target
{
    static readonly HeaderFacts Header = new(new string('a', 64), new DateOnly(2024, 2, 29));

    public override string Name => "name";

    public override IReadOnlyList<byte[]> Dictionary { get; } = Words("/", "..", "../", "\\", "%", "%2F", "%25", ".", "\0", "\u00FF", " ",
        "%%", "%0", "\r\n", new string('u', 70), new string('/', 60), "CON", "~", ":",
        "...sha256:", "\u00C3\u00BC", "\u00F0\u009F\u008E\u0089");

    /// <summary>
    /// Two of everything: strings of three characters an octet, and builders that double; metadata values and names are bounded.
    /// </summary>
    public override long AllocationLimit(int inputOctets) => 32 * 1024 + 200L * inputOctets;

    public override void Run(ReadOnlySpan<byte> input)
    {
        var choices = new Choices(input);
        var at = Math.Min(choices.Octet(), choices.Rest.Length);
        var first = choices.Rest[..at];
        var second = choices.Rest[at..];
        var differ = !first.SequenceEqual(second);
        var (one, two) = (Encoding.Latin1.GetString(first), Encoding.Latin1.GetString(second));

        if (one.Length > 0) Ledger(one, two);
        Decodes(one);

        var (mine, yours) = (Metadata(first), Metadata(second));
        Oracle.Holds(differ == (mine != yours), "metadata is not one to one");

        Path(one, "sales");
        Path("u1", Encoding.UTF8.GetString(second));
        var (name, other) = (BlobName.For("sales", one, Header, 0), BlobName.For("sales", two, Header, 0));
        Oracle.Holds(differ == (name != other), "names are not one to one");
        Oracle.Holds(name != BlobName.For("sales", one, Header, 1), "the ordinal is not in the name");
    }

    static void Ledger(string one, string two)
    {
        var encoded = PrintableUniqueId.Encode(one);
        Oracle.Holds(!encoded.AsSpan().ContainsAnyExceptInRange('!', '~'), "not printable");
        Oracle.Equal(one, PrintableUniqueId.Decode(encoded), "decoded");
        Oracle.Holds(two.Length == 0 || (one == two) == (encoded == PrintableUniqueId.Encode(two)), "unique-ids are not one to one");
    }

    /// <summary>A ledger that somebody else wrote to.</summary>
    static void Decodes(string text)
    {
        try
        {
            PrintableUniqueId.Decode(text);
        }
        catch (FormatException)
        {
            Oracle.Holds(text.Contains('%'), "nothing to decode");
        }
    }

    static string Metadata(ReadOnlySpan<byte> octets)
    {
        var value = BlobMetadata.Encode(octets);
        Oracle.Holds(value.Length is > 0 and <= BlobMetadata.MaxValue, "metadata of no length that is allowed");
        Oracle.Holds(!value.AsSpan().ContainsAnyExceptInRange('!', '~'), "metadata that no header can carry");
        return value;
    }

    static void Path(string uniqueId, string mailbox)
    {
        var path = BlobName.For(mailbox, uniqueId, Header, 0).Path;
        var segments = path.Split('/');
        Oracle.Equal(5, segments.Length, "segments");
        Oracle.Holds(path.StartsWith(BlobName.PrefixOf(mailbox), StringComparison.Ordinal), "not below its prefix");
        Oracle.Holds(segments[4].Length == 36 && segments[4].EndsWith(".eml", StringComparison.Ordinal), "a key of another length");
        Oracle.Holds(segments[0].Length is > 0 and <= 129 && segments[0][0] != '.' && segments[0][^1] != '.',
            "a folder that climbs or hides");
        foreach (var character in path)
            Oracle.Holds(char.IsAsciiLetterOrDigit(character) || "-_@+%./".Contains(character), "a character that a path may not hold");
    }
}
