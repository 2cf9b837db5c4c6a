using System.Globalization;
using System.Text;

namespace MailIngest.Demo;

/// <summary>The sample maildrop: a few ordinary messages, and the kinds that mail fetchers get wrong.</summary>
static class SampleMail
{
    /// <summary>Each message with what is special about it, as it is stored on the server: CRLF line ends, not byte-stuffed.</summary>
    public static IEnumerable<(string About, byte[] Octets)> Messages()
    {
        yield return ("a short text", Message(1, "Hello", "The first of ten.\r\n"));
        yield return ("lines that begin with dots", Message(2, "Dots", ".\r\n..\r\n.hidden\r\n...\r\n"));
        yield return ("a body that looks like answers of a server", Message(3, "Answers", "+OK\r\n-ERR no\r\n.\r\n+OK 5 octets\r\nQUIT\r\n"));
        yield return ("bare CR and NUL, kept as they are", Message(4, "Control", "a\rb\0c\r\r\n\r.\r\n"));
        yield return ("octets that are no valid text", [.. Message(5, "Octets", ""), .. Enumerable.Range(0x80, 0x80).Select(octet => (byte)octet), .. "\r\n"u8]);
        yield return ("one line of 100,000 octets", Message(6, "Long", new string('x', 100_000) + "\r\n"));
        yield return ("no body", Message(7, "Nothing", ""));
        yield return ("no date, so it is filed as undated", Encoding.ASCII.GetBytes("From: nobody@example.com\r\nSubject: Undated\r\n\r\nWhen was this?\r\n"));
        yield return ("a first line that begins with a dot", Encoding.ASCII.GetBytes(".first: dot\r\nSubject: Smuggling\r\n\r\n.\r\n+OK\r\n"));
        yield return ("two megabytes", Message(10, "Attachment", string.Concat(Enumerable.Repeat(new string('A', 76) + "\r\n", 26_886))));
    }

    static byte[] Message(int number, string subject, string body) => Encoding.Latin1.GetBytes(
        $"""
        Received: from sender.example.com by mx.example.org with ESMTP id {number:D4}; {Day(number)} 09:{number:D2}:00 +0200
        From: Ada <ada@example.com>
        To: orders@example.org
        Subject: {subject}
        Date: {Day(number)} 09:00:00 +0200
        Message-ID: <{number}@example.com>


        """.ReplaceLineEndings("\r\n") + body);

    static string Day(int number) => new DateOnly(2026, 6, number).ToString("ddd, d MMM yyyy", CultureInfo.InvariantCulture);
}
