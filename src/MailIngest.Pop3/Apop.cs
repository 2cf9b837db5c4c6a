using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace MailIngest.Pop3;

/// <summary>APOP: the MD5 of the greeting's timestamp and a shared secret (RFC 1939 §7).</summary>
static class Apop
{
    /// <summary>RFC 822 atoms and dots; a domain may also be a literal in brackets.</summary>
    static readonly SearchValues<char> Local =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-/=?^_`{|}~.");

    static readonly SearchValues<char> Domain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-/=?^_`{|}~.[]:");

    /// <summary>
    /// The timestamp in a greeting, angle brackets included, or null. It must be a whole msg-id: a looser reading lets a server choose
    /// octets that make MD5 collide and so learn the secret (CVE-2007-1558).
    /// </summary>
    public static string? Timestamp(string greeting)
    {
        var from = greeting.IndexOf('<');
        if (from < 0) return null;
        var to = greeting.IndexOf('>', from);
        var at = greeting.IndexOf('@', from);
        if (to < 0 || at < 0 || at > to) return null;

        var local = greeting.AsSpan(from + 1, at - from - 1);
        var domain = greeting.AsSpan(at + 1, to - at - 1);
        var valid = !local.IsEmpty && !domain.IsEmpty && !local.ContainsAnyExcept(Local) && !domain.ContainsAnyExcept(Domain);
        return valid ? greeting[from..(to + 1)] : null;
    }

    /// <summary>The digest, in lower-case hexadecimal.</summary>
#pragma warning disable CA5351 // The protocol says MD5; APOP is used only when it is asked for by name.
    public static string Digest(string timestamp, string secret) =>
        Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(timestamp + secret)));
#pragma warning restore CA5351
}
