namespace MailIngest.Polling;

/// <summary>
/// The unique-id that a message gets from us where the server gives none: the hash of its content.
/// It begins with a space, which no unique-id from a UIDL line can (RFC 1939 §7), so the two kinds never meet.
/// </summary>
static class ContentId
{
    const string Prefix = " sha256:";

    public static string Of(string sha256) => Prefix + sha256;

    /// <summary>The name of a message that could not be read and so not be identified: all that is known is its size. Its failures are counted under it.</summary>
    public static string OfSize(long listedOctets) => $" octets:{listedOctets}";

    public static bool Is(string uniqueId) => uniqueId.StartsWith(' ');
}
