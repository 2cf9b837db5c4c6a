using System.Security.Cryptography;

namespace MailIngest.SystemTests.Corpus;

/// <summary>What Dovecot makes of the octets of a message file: the oracle of the corpus.</summary>
/// <remarks>
/// Every LF without a CR before it becomes CRLF; a file that does not end in LF gets a CRLF; every other octet is sent as it is.
/// LIST counts the same, but without the CRLF at the end that the file does not have.
/// </remarks>
internal static class Wire
{
    /// <summary>The octets that a correct client receives, dot-stuffing undone.</summary>
    public static byte[] Received(ReadOnlySpan<byte> file)
    {
        var received = new byte[file.Length + LoneLineFeeds(file) + (EndsInLineFeed(file) ? 0 : 2)];
        var at = 0;
        for (var i = 0; i < file.Length; i++)
        {
            if (file[i] == '\n' && !(i > 0 && file[i - 1] == '\r'))
                received[at++] = (byte)'\r';
            received[at++] = file[i];
        }
        if (!EndsInLineFeed(file))
            "\r\n"u8.CopyTo(received.AsSpan(at));
        return received;
    }

    /// <summary>The size in the scan listing.</summary>
    public static long Listed(ReadOnlySpan<byte> file) => file.Length + LoneLineFeeds(file);

    public static string Sha256(ReadOnlySpan<byte> octets) => Convert.ToHexStringLower(SHA256.HashData(octets));

    static bool EndsInLineFeed(ReadOnlySpan<byte> file) => file.EndsWith("\n"u8);

    static int LoneLineFeeds(ReadOnlySpan<byte> file) => file.Count((byte)'\n') - file.Count("\r\n"u8);
}
