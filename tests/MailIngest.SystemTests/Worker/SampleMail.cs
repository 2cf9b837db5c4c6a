using System.Globalization;
using System.Text;

namespace MailIngest.SystemTests.Worker;

/// <summary>Ordinary messages, each different from the others.</summary>
internal static class SampleMail
{
    /// <summary>The day in their headers, as blob names spell it.</summary>
    public const string Day = "2026/11/20";

    /// <summary>A message of about this many octets, with a date of <see cref="Day"/>.</summary>
    public static byte[] Make(int number, int octets = 2_000)
    {
        var text = new StringBuilder(octets + 200).Append(CultureInfo.InvariantCulture, $"""
            From: alice@example.org
            To: bob@example.org
            Subject: message {number}
            Message-ID: <{number}@example.org>
            Date: Fri, 20 Nov 2026 10:00:00 +0000


            """);
        for (var line = 1; text.Length < octets; line++)
            text.Append(CultureInfo.InvariantCulture, $"Line {line} of message {number}, which says nothing else.\n");
        return Encoding.ASCII.GetBytes(text.ToString());
    }
}
