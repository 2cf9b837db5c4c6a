using System.Globalization;
using MailIngest.Ledger;
using MailIngest.Mailboxes;

namespace MailIngest.Polling;

/// <summary>
/// Whether a received message is whole, judged by the size that LIST promised. It is the only defence against a server that
/// ends a message it could not read with a valid terminator: Dovecot and Cyrus do, and every other fetcher then deletes the real mail.
/// </summary>
/// <param name="Exact">Whether this server's sizes can be believed to the octet (RFC 1939 §11).</param>
public sealed record SizeRule(bool Exact)
{
    const int Samples = 50;
    const int FewestSamples = 20;

    /// <summary>
    /// Learned per mailbox: a server is inexact when most of at least 20 messages were neither as long as listed nor two octets longer
    /// (Dovecot and Courier do not count the final CRLF that they add). A new server is believed.
    /// </summary>
    public static SizeRule For(SizeTrust configured, IEnumerable<LedgerRow> rows)
    {
        if (configured != SizeTrust.Auto)
            return new(configured == SizeTrust.Exact);

        var differences = rows
            .Select(row => (row.FirstSeen, Listed: row.ListedOctets, Received: row.Stored?.Octets ?? row.ReceivedOctets))
            .Where(row => row.Received is not null)
            .OrderByDescending(row => row.FirstSeen).Take(Samples)
            .Select(row => row.Received!.Value - row.Listed).ToList();
        return new(differences.Count < FewestSamples || differences.Count(difference => difference is 0 or 2) * 2 >= differences.Count);
    }

    /// <summary>Why the message may be truncated, or null when it is taken as whole.</summary>
    public string? Doubt(long listedOctets, long receivedOctets, bool hasHeader)
    {
        if (receivedOctets >= listedOctets && receivedOctets > 0)
            return null;
        if (!Exact && hasHeader && receivedOctets > 0 && receivedOctets >= listedOctets / 2)
            return null;
        return string.Create(CultureInfo.InvariantCulture, $"truncated by the server: LIST said {listedOctets} octets, RETR gave {receivedOctets}");
    }
}
