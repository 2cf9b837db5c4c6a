using System.Text;
using MailIngest.Mailboxes;
using MailIngest.Messages;
using MailIngest.Polling;
using Xunit;

namespace MailIngest.Tests.Polling;

/// <summary>When a message may be truncated.</summary>
public class SizeRuleTests
{
    static readonly SizeRule Exact = new(SizeTrust.Exact);
    static readonly SizeRule Inexact = new(SizeTrust.Inexact);

    [Theory]
    [InlineData(120, 120)]
    [InlineData(120, 122)] // a final CRLF that LIST did not count
    [InlineData(120, 180)] // LF sizes, an added blank line
    [InlineData(0, 2)]
    public void A_message_as_long_as_listed_or_longer_is_whole(long listed, long received) =>
        Assert.Null(Exact.Doubt(listed, Of(received, true)));

    [Theory]
    [InlineData(120, 119)]
    [InlineData(42, 2)]
    [InlineData(3, 0)]
    public void A_message_shorter_than_listed_may_be_truncated(long listed, long received)
    {
        var doubt = Exact.Doubt(listed, Of(received, true));
        Assert.Contains($"LIST said {listed} octets, RETR gave {received}", doubt);
    }

    [Fact]
    public void An_empty_message_is_never_believed() => Assert.NotNull(Inexact.Doubt(0, Of(0, true)));

    [Fact]
    public void An_inexact_server_may_send_somewhat_less_than_listed_but_not_less_than_half_and_not_without_a_header()
    {
        Assert.Null(Inexact.Doubt(100, Of(50, true)));
        Assert.NotNull(Inexact.Doubt(100, Of(49, true)));
        Assert.NotNull(Inexact.Doubt(100, Of(99, false)));
    }

    [Theory]
    [InlineData("+OK 20 octets\r\nSubject: a\r\n\r\nb\r\n", 19, true)] // its own status line, behind one that nobody asked for
    [InlineData("-ERR no\r\nSubject: a\r\n\r\nb\r\n", 19, true)]
    [InlineData("+OK\r\n", 5, false)] // somebody wrote that: as long as LIST said
    [InlineData("+Okay: a\r\n\r\nb\r\n", 10, false)]
    public void A_message_with_a_status_line_at_its_head_is_believed_only_at_the_octets_that_LIST_said(string text, long listed, bool doubted)
    {
        using var digest = Digest(Encoding.ASCII.GetBytes(text));
        Assert.Equal(doubted, Exact.Doubt(listed, digest) is not null);
    }

    [Theory]
    [InlineData("+OK 20 octets\r\nSubject: a\r\n\r\nb\r\n", 64, true)] // not longer than LIST said, which means nothing here
    [InlineData("+OK\r\n", 5, true)]
    [InlineData("+Okay: a\r\n\r\nb\r\n", 10, false)]
    public void Where_sizes_are_estimates_a_message_with_a_status_line_at_its_head_is_never_believed(string text, long listed, bool doubted)
    {
        using var digest = Digest(Encoding.ASCII.GetBytes(text));
        Assert.Equal(doubted, Inexact.Doubt(listed, digest) is not null);
    }

    /// <summary>A message of that length, with a header or without any.</summary>
    static MessageDigest Of(long octets, bool hasHeader) =>
        Digest(Encoding.ASCII.GetBytes(((hasHeader ? "\r\n" : "") + new string('x', (int)octets))[..(int)octets]));

    static MessageDigest Digest(byte[] message)
    {
        var digest = new MessageDigest();
        digest.Append(message);
        _ = digest.Sha256;
        return digest;
    }
}
