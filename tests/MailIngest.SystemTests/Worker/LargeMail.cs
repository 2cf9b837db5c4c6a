using System.Globalization;
using System.Security.Cryptography;

namespace MailIngest.SystemTests.Worker;

/// <summary>Messages that do not belong into memory.</summary>
internal static class LargeMail
{
    /// <summary>Writes CRLF lines of 1,024 octets, each different, until there are exactly so many octets.</summary>
    /// <param name="octets">A multiple of 1,024.</param>
    /// <returns>Their SHA-256.</returns>
    public static string Write(Stream file, long octets)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var line = new byte[1024];
        for (var number = 0L; number < octets / line.Length; number++)
        {
            line.AsSpan().Fill((byte)'x');
            if (number == 0)
                "Subject: large\r\n\r\n"u8.CopyTo(line);
            else
                number.TryFormat(line, out _, default, CultureInfo.InvariantCulture);
            "\r\n"u8.CopyTo(line.AsSpan(^2));
            hash.AppendData(line);
            file.Write(line);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
