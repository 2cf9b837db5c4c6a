namespace MailIngest.Benchmarks.Mail;

/// <summary>One message of a <see cref="Sample"/>: its file, and the SHA-256 that it has wherever it ends up whole.</summary>
/// <param name="FileName">As in a maildir, with both sizes.</param>
/// <param name="WireOctets">How many octets POP3 sends of it, without byte-stuffing.</param>
/// <param name="LineFeedHash">With LF line ends, as a Maildir holds it.</param>
/// <param name="WireHash">With CRLF line ends, as POP3 sends it.</param>
/// <param name="BodyHash">What follows the header, with LF line ends: for programs that add header fields of their own.</param>
internal sealed record SampleMessage(string FileName, long WireOctets, string LineFeedHash, string WireHash, string BodyHash)
{
    /// <summary>What the file names of two messages never share; Dovecot gives the numbers in this order.</summary>
    public static string UniquePart(int number) => FormattableString.Invariant($"{1_700_000_000 + number}.M{number}P1");
}
