using System.Globalization;
using MailIngest.Mailboxes;

namespace MailIngest.Polling;

/// <summary>
/// Whether a received message is whole, judged by the size that LIST promised. It is the only defence against a server that
/// ends a message it could not read with a valid terminator: Dovecot and Cyrus do, and every other fetcher then deletes the real mail.
/// </summary>
/// <remarks>
/// Nothing is learned here on purpose: the only messages that could teach that a server's sizes are estimates look exactly like
/// truncated ones. Only a person can know, and says so with <c>sizes: inexact</c>.
/// </remarks>
/// <param name="trust">Whether this server's sizes are believed to the octet (RFC 1939 §11).</param>
public sealed class SizeRule(SizeTrust trust)
{
    /// <summary>
    /// Why the message may be truncated, or null when it is taken as whole. Longer than listed is always whole: Dovecot and Courier do not
    /// count the final CRLF that they add, others count line ends as one octet.
    /// </summary>
    public string? Doubt(long listedOctets, long receivedOctets, bool hasHeader)
    {
        if (receivedOctets >= listedOctets && receivedOctets > 0)
            return null;
        if (trust == SizeTrust.Inexact && hasHeader && receivedOctets > 0 && receivedOctets >= listedOctets / 2)
            return null;
        return string.Create(CultureInfo.InvariantCulture,
            $"truncated by the server: LIST said {listedOctets} octets, RETR gave {receivedOctets} (if its sizes are only estimates, set \"sizes\": \"inexact\")");
    }
}
