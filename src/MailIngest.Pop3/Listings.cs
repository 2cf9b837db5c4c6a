using System.Buffers.Text;
using System.Text;

namespace MailIngest.Pop3;

/// <summary>
/// STAT: how many messages the maildrop holds and how many octets together; -1 octets when the server gave no usable number.
/// </summary>
public sealed record DropListing(int Messages, long Octets)
{
    /// <summary>
    /// "nn SP mm", whatever follows ignored (RFC 1939 §5). Servers overflow the octets, so only the count must be a number.
    /// </summary>
    internal static bool TryParse(ReadOnlySpan<byte> text, out DropListing listing)
    {
        listing = new DropListing(0, -1);
        if (!ListingLine.TakeNumber(ref text, out var messages) || messages > int.MaxValue) return false;
        listing = new DropListing((int)messages, ListingLine.TakeNumber(ref text, out var octets) ? octets : -1);
        return true;
    }
}

/// <summary>One line of LIST: a message-number, good for this session only, and the message's octets.</summary>
public readonly record struct ScanListing(int Number, long Octets)
{
    /// <summary>"n SP size", whatever follows ignored (RFC 1939 §5).</summary>
    internal static bool TryParse(ReadOnlySpan<byte> line, out ScanListing listing)
    {
        listing = default;
        if (!ListingLine.TakeNumber(ref line, out var number) || number is 0 or > int.MaxValue) return false;
        if (!ListingLine.TakeNumber(ref line, out var octets)) return false;
        listing = new ScanListing((int)number, octets);
        return true;
    }
}

/// <summary>
/// One line of UIDL: a message-number and the unique-id, one character per octet received (Latin-1). It may be of any length, hold
/// spaces and 8-bit octets, and be chosen by the sender; it is empty when the server gave none.
/// </summary>
public readonly record struct UniqueIdListing(int Number, string UniqueId)
{
    internal static bool TryParse(ReadOnlySpan<byte> line, out UniqueIdListing listing)
    {
        var isOne = TryParse(line, out var number, out var uniqueId);
        listing = isOne ? new UniqueIdListing(number, Encoding.Latin1.GetString(uniqueId)) : default;
        return isOne;
    }

    /// <summary>"n SP unique-id" (RFC 1939 §7); servers put several spaces between, and spaces into the unique-id.</summary>
    internal static bool TryParse(ReadOnlySpan<byte> line, out int number, out ReadOnlySpan<byte> uniqueId)
    {
        uniqueId = line;
        var isOne = ListingLine.TakeNumber(ref uniqueId, out var first) && first is > 0 and <= int.MaxValue;
        number = isOne ? (int)first : 0;
        return isOne;
    }
}

/// <summary>The grammar that the three listings share.</summary>
static class ListingLine
{
    /// <summary>Takes a decimal number and the spaces after it off the front of a line.</summary>
    public static bool TakeNumber(ref ReadOnlySpan<byte> line, out long number)
    {
        number = 0;
        var text = line.TrimStart((byte)' ');
        if (text.IsEmpty || !char.IsAsciiDigit((char)text[0])) return false;
        if (!Utf8Parser.TryParse(text, out number, out var digits)) return false;
        if (digits < text.Length && text[digits] != ' ') return false;
        line = text[digits..].TrimStart((byte)' ');
        return true;
    }
}
