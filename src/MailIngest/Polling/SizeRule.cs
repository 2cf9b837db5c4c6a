using System.Globalization;
using MailIngest.Mailboxes;
using MailIngest.Messages;

namespace MailIngest.Polling;

/// <summary>
/// Whether a received message is the one that was listed, and whole, judged by the size that LIST promised. It is the only defence against
/// a server that ends a message it could not read with a valid terminator: Dovecot and Cyrus do, and every other fetcher then deletes the
/// real mail.
/// </summary>
/// <remarks>
/// Nothing is learned here on purpose: the only messages that could teach that a server's sizes are estimates look exactly like
/// truncated ones. Only a person can know, and says so with <c>sizes: inexact</c>.
/// </remarks>
/// <param name="trust">Whether this server's sizes are believed to the octet (RFC 1939 §11).</param>
public sealed class SizeRule(SizeTrust trust)
{
    /// <summary>
    /// Why what was received may be another message than the one listed, or null when it is taken for that one, and whole. Longer than
    /// listed is whole: Dovecot and Courier do not count the final CRLF that they add, others count line ends as one octet. But a message
    /// that is longer and has a line like <c>+OK</c> at its head may have swallowed the status line of its own answer, because another one
    /// came before. Where sizes are only estimates its length says nothing about that, and such a message is never believed.
    /// </summary>
    public string? Doubt(long listedOctets, MessageDigest received)
    {
        var (receivedOctets, hasHeader) = (received.Octets, received.HasHeader);
        if (received.BeginsLikeAnAnswer && (receivedOctets > listedOctets || trust == SizeTrust.Inexact))
            return string.Create(CultureInfo.InvariantCulture,
                $"not what LIST said: it begins with a status line and has {receivedOctets} octets instead of {listedOctets}");
        if (receivedOctets >= listedOctets && receivedOctets > 0)
            return null;
        if (trust == SizeTrust.Inexact && hasHeader && receivedOctets > 0 && receivedOctets >= listedOctets / 2)
            return null;
        return string.Create(CultureInfo.InvariantCulture,
            $"truncated by the server: LIST said {listedOctets} octets, RETR gave {receivedOctets} (if its sizes are only estimates, set \"sizes\": \"inexact\")");
    }
}
