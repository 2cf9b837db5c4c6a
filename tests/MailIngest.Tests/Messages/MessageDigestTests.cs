using System.Security.Cryptography;
using System.Text;
using MailIngest.Messages;
using Xunit;

namespace MailIngest.Tests.Messages;

/// <summary>The digest depends on the octets alone, and its header facts on the header alone.</summary>
public sealed class MessageDigestTests
{
    public static TheoryData<string> NastyHeaders =>
    [
        "Subject: hello\r\n\r\nbody\r\n",
        "Received: from a\r\n\tby b (c; d)\r\n ; Mon,\r\n\t1 Jan 2024\r\n 23:30:00 -0100\r\nDate: x\r\n\r\nb",
        "Status: RO\r\n folded too\r\nSubject: a\r\nX-UIDL: zzz\r\n\r\n",
        "Subject: header only\r\n",
        "Subject: header only, cut",
        "\r\nno header\r\n",
        "\nbare LF first",
        "Subject: bare LF\nStatus: R\n\nbody\n",
        "Subject: bare\rCR\r\rA: b\r\n\r\r\nX: y\r\n\r\n",
        "From somebody Mon Jan  1 00:00:00 2024\r\nSubject: mbox line first\r\n\r\n",
        " starts folded\r\nSubject: a\r\n\r\n",
        "no colon at all",
        ": no name\r\nStatus : spaced\r\nSTATUS: loud\r\n\r\n",
        "A: \0\0\r\n\0: x\r\n\r\n\0",
        "Date: Tue, 2 Jan 2024 01:00:00 +0200\r\nDate: Wed, 3 Jan 2024 01:00:00 +0000\r\n\r\n",
        "\r", "\n", "\r\n", "", " ", ":", "S", "Status", "Status:",
    ];

    [Theory]
    [MemberData(nameof(NastyHeaders))]
    public void Any_split_into_three_gives_the_same_result(string message)
    {
        var octets = Encoding.Latin1.GetBytes(message);
        var whole = Digest(octets);

        for (var first = 0; first <= octets.Length; first++)
        {
            for (var second = first; second <= octets.Length; second++)
                Assert.Equal(whole, Digest(octets[..first], octets[first..second], octets[second..]));
        }

        Assert.Equal(whole, Digest([.. octets.Select(octet => new[] { octet })]));
    }

    [Fact]
    public void Every_short_text_of_structural_octets_agrees_with_the_obvious_reading_in_any_split()
    {
        byte[] alphabet = [(byte)'a', (byte)':', (byte)' ', (byte)'\r', (byte)'\n'];
        for (var length = 0; length <= 6; length++)
        {
            for (var number = 0; number < (int)Math.Pow(alphabet.Length, length); number++)
            {
                var octets = new byte[length];
                for (var (n, rest) = (0, number); n < length; n++, rest /= alphabet.Length)
                    octets[n] = alphabet[rest % alphabet.Length];

                var expected = Obvious(octets);
                for (var split = 0; split <= length; split++)
                    Assert.Equal(expected, Digest(octets[..split], octets[split..]).Header.Fingerprint);
            }
        }
    }

    [Theory]
    [MemberData(nameof(NastyHeaders))]
    public void TOP_without_body_lines_and_RETR_have_the_same_header(string message)
    {
        var octets = Encoding.Latin1.GetBytes(message);
        var end = message.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var top = end < 0 || message.Contains("\n\n", StringComparison.Ordinal) ? octets : octets[..(end + 4)];

        Assert.Equal(Digest(octets).Header, Digest(top).Header);
    }

    [Fact]
    public void Fields_that_servers_change_do_not_count()
    {
        var plain = Header("From: a\r\nSubject: b\r\n\r\n");

        Assert.Equal(plain, Header("Status: RO\r\nFrom: a\r\nX-Status: A\r\n folded\r\nX-UIDL: 77\r\nx-mozilla-status: 0001\r\nContent-Length: 9\r\nX-Keywords:  \r\nSubject: b\r\n\r\n"));
        Assert.NotEqual(plain, Header("From: a\r\nSubject: b\r\nX-Mozilla: not a prefix\r\n\r\n"));
        Assert.NotEqual(plain, Header("From: a\r\nSubject: b\r\nStatuses: x\r\n\r\n"));
        Assert.NotEqual(plain, Header("From: a\r\nSubject: b \r\n\r\n"));
    }

    [Fact]
    public void The_body_and_the_blank_line_do_not_count()
    {
        Assert.Equal(Header("A: b\r\n"), Header("A: b\r\n\r\n"));
        Assert.Equal(Header("A: b\r\n\r\n"), Header("A: b\r\n\r\nC: d\r\n"));
    }

    [Fact]
    public void A_header_line_of_64_KiB_counts_to_its_last_octet()
    {
        var line = "X: " + new string('x', 65536);

        Assert.NotEqual(Header(line + "a\r\n\r\n"), Header(line + "b\r\n\r\n"));
    }

    [Fact]
    public void Of_a_header_block_of_a_MiB_the_first_256_KiB_count_wherever_it_is_split()
    {
        var octets = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 20_000).Select(n => $"X-Line-{n:D6}: {new string('x', 40)}\r\n")) + "\r\n");
        Assert.True(octets.Length > 1024 * 1024);
        var whole = Digest(octets);

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(octets.AsSpan(0, 256 * 1024))), whole.Header.Fingerprint);
        foreach (var split in new[] { 1, (256 * 1024) - 1, 256 * 1024, (256 * 1024) + 1, 1024 * 1024 })
            Assert.Equal(whole, Digest(octets[..split], octets[split..]));

        octets[256 * 1024] ^= 1;
        Assert.Equal(whole.Header, Digest(octets).Header);
        octets[(256 * 1024) - 1] ^= 1;
        Assert.NotEqual(whole.Header, Digest(octets).Header);
    }

    [Fact]
    public void The_header_is_known_once_a_MiB_has_passed_whatever_it_is()
    {
        using var digest = new MessageDigest();
        digest.Append(Encoding.ASCII.GetBytes("Status: " + new string('x', (1024 * 1024) - 9)));
        Assert.False(digest.HeaderComplete);

        digest.Append("x"u8);

        Assert.True(digest.HeaderComplete);
        Assert.Null(digest.Header.Date);
    }

    [Fact]
    public void The_count_and_the_hash_cover_every_octet()
    {
        var octets = new byte[300_000];
        new Random(3).NextBytes(octets);
        using var digest = new MessageDigest();
        digest.Append(octets.AsSpan(0, 7));
        digest.Append(octets.AsSpan(7));

        Assert.Equal(300_000, digest.Octets);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(octets)), digest.Sha256);
        Assert.Equal(digest.Sha256, digest.Sha256);
        Assert.True(digest.HeaderComplete);
        Assert.Throws<InvalidOperationException>(() => digest.Append(octets));
    }

    [Fact]
    public void An_unfinished_header_is_not_told()
    {
        using var digest = new MessageDigest();
        digest.Append("Subject: a\r\n"u8);

        Assert.False(digest.HeaderComplete);
        Assert.Throws<InvalidOperationException>(() => digest.Header);

        digest.Append("\r\n"u8);
        Assert.True(digest.HeaderComplete);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData("Subject: a\r\n"u8)), digest.Header.Fingerprint);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("nothing like a header", false)]
    [InlineData("nothing\r\nlike one\r\n", false)]
    [InlineData(" : folded into nothing\r\n", false)]
    [InlineData("\r\n", true)]
    [InlineData("\n", true)]
    [InlineData("A:", true)]
    [InlineData("From x\r\nA: b", true)]
    [InlineData(":\r\n", false)]
    public void A_header_was_seen_when_a_field_or_the_blank_line_was(string message, bool seen)
    {
        using var digest = new MessageDigest();
        digest.Append(Encoding.Latin1.GetBytes(message));

        Assert.Equal(seen, digest.HasHeader);
    }

    [Theory]
    [InlineData("Subject: a\r\n\r\nbody\r\n", "Status: RO\r\nSubject: a\r\nX-UIDL: 7\r\n\r\nbody\r\n", true)]
    [InlineData("Subject: a\r\n\r\nbody\r\n", "Subject: a\r\n\r\nbody2\r\n", false)]
    [InlineData("Subject: a\r\n\r\n", "Subject: a\r\nStatus: O\r\n\r\n", true)]
    [InlineData("\r\nbody\r\n", "Lines: 1\r\n\r\nbody\r\n", true)]
    public void The_body_is_what_follows_the_blank_line_however_it_comes(string one, string other, bool same)
    {
        Assert.Equal(same, Body(one, 1000) == Body(other, 1000));
        for (var chunk = 1; chunk < one.Length; chunk++)
            Assert.Equal(Body(one, 1000), Body(one, chunk));
    }

    [Fact]
    public void A_header_without_an_end_in_sight_has_no_body_to_compare() =>
        Assert.Null(Body("X: " + new string('x', 300_000) + "\r\n\r\nbody\r\n", 4096));

    [Theory]
    [InlineData("X-UIDL: 1\rSubject: no line of this ends\r\rin LF\r\n")]
    [InlineData("Subject: a\r\nStatus: RO\r\n there is no blank line, and this is the body\r\n")]
    [InlineData("Subject: a\r\n")]
    [InlineData("")]
    public void A_header_that_no_blank_line_ends_has_no_body_to_compare(string message) => Assert.Null(Body(message, 1000));

    [Fact]
    public void A_volatile_field_that_is_longer_than_any_server_writes_may_be_a_message_that_lost_its_way() =>
        Assert.Null(Body("Subject: a\r\nX-Keywords: " + new string('x', 10_000) + "\r\n\r\nbody\r\n", 4096));

    static string? Body(string message, int chunk)
    {
        using var digest = new MessageDigest(withBody: true);
        foreach (var part in Encoding.Latin1.GetBytes(message).Chunk(chunk))
            digest.Append(part);
        _ = digest.Sha256;
        return digest.BodySha256;
    }

    static HeaderFacts Header(string message) => Digest(Encoding.Latin1.GetBytes(message)).Header;

    static (string Sha256, long Octets, bool HasHeader, HeaderFacts Header) Digest(params byte[][] parts)
    {
        using var digest = new MessageDigest();
        foreach (var part in parts)
            digest.Append(part);
        return (digest.Sha256, digest.Octets, digest.HasHeader, digest.Header);
    }

    /// <summary>The fingerprint of a text without volatile fields, the slow and obvious way: everything before the first empty line.</summary>
    static string Obvious(byte[] octets)
    {
        var text = Encoding.Latin1.GetString(octets);
        var header = new StringBuilder();
        while (text.Length > 0)
        {
            var end = text.IndexOf('\n', StringComparison.Ordinal) + 1;
            var line = end == 0 ? text : text[..end];
            if (line is "\n" or "\r\n")
                break;
            header.Append(line);
            text = text[line.Length..];
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.Latin1.GetBytes(header.ToString())));
    }
}
