using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using MailIngest.Fuzz.Driver;
using MailIngest.Pop3;

namespace MailIngest.Fuzz.Targets;

/// <summary>One line of STAT, LIST and UIDL, against a grammar that is written once more as patterns.</summary>
sealed partial class ListingTarget : Target
{
    public override string Name => "listing";

    public override IReadOnlyList<byte[]> Dictionary { get; } =
        Words("1 ", "2 200", " ", "   ", "0", "2147483647 ", "2147483648 ", "9223372036854775807", "9223372036854775808", "-1", "+1", "1e3",
        ".", "+OK ",
            "-ERR", "1 octets", "QhdPYR:00WBw1Ph7x7");

    /// <summary>One unique-id, and the reference's strings.</summary>
    public override long AllocationLimit(int inputOctets) => 8 * 1024 + 100L * inputOctets;

    public override void Run(ReadOnlySpan<byte> input)
    {
        var line = Encoding.Latin1.GetString(input);

        var stat = Stat().Match(line);
        var isStat = stat.Success && Number(stat.Groups[1]) is <= int.MaxValue;
        Oracle.Equal(isStat, DropListing.TryParse(input, out var drop), "STAT is read");
        if (isStat)
        {
            Oracle.Equal(Number(stat.Groups[1])!.Value, drop.Messages, "STAT's messages");
            var octets = Scan().Match(line);
            Oracle.Equal(octets.Success ? Number(octets.Groups[2]) ?? -1 : -1, drop.Octets, "STAT's octets");
        }

        var scan = Scan().Match(line);
        var isScan = scan.Success && Number(scan.Groups[1]) is >= 1 and <= int.MaxValue && Number(scan.Groups[2]) is not null;
        Oracle.Equal(isScan, ScanListing.TryParse(input, out var listed), "LIST is read");
        if (isScan) Oracle.Equal(new((int)Number(scan.Groups[1])!.Value, Number(scan.Groups[2])!.Value), listed, "LIST");

        var isUnique = stat.Success && Number(stat.Groups[1]) is >= 1 and <= int.MaxValue;
        Oracle.Equal(isUnique, UniqueIdListing.TryParse(input, out var named), "UIDL is read");
        if (isUnique) Oracle.Equal(new((int)Number(stat.Groups[1])!.Value, stat.Groups[2].Value), named, "UIDL");
    }

    static long? Number(Group digits) =>
        long.TryParse(digits.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    [GeneratedRegex(@"\A\x20*([0-9]+)(?:\z|\x20+(.*)\z)", RegexOptions.Singleline)]
    private static partial Regex Stat();

    [GeneratedRegex(@"\A\x20*([0-9]+)\x20+([0-9]+)(?:\z|\x20)", RegexOptions.Singleline)]
    private static partial Regex Scan();
}
