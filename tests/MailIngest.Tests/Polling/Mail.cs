using System.Globalization;
using System.Text;

namespace MailIngest.Tests.Polling;

/// <summary>Messages to poll: each has a header of its own, so that no two are equal, and the length it is told to have.</summary>
static class Mail
{
    /// <summary>An ordinary message of exactly so many octets, all CRLF lines.</summary>
    public static byte[] Numbered(int number, int octets = 500, string body = "") =>
        Filled(Encoding.Latin1.GetBytes(string.Create(CultureInfo.InvariantCulture, $"""
            Received: from sender.example.com by mx.example.org with ESMTP id {number:D6}; Mon, 1 Jun 2026 09:00:00 +0000
            From: Ada <ada@example.com>
            Subject: number {number:D6}
            Message-ID: <{number:D6}@example.com>

            {body}

            """).ReplaceLineEndings("\r\n")), octets);

    /// <summary>The octets of a text, as they are.</summary>
    public static byte[] Raw(string latin1) => Encoding.Latin1.GetBytes(latin1);

    static byte[] Filled(byte[] start, int octets)
    {
        var message = new byte[Math.Max(octets, start.Length + 3)];
        start.CopyTo(message, 0);
        message.AsSpan(start.Length).Fill((byte)'x');
        "\r\n"u8.CopyTo(message.AsSpan(message.Length - 2));
        return message;
    }
}
