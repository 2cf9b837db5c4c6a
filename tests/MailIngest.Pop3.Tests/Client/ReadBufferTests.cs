using System.Text;
using Xunit;

namespace MailIngest.Pop3.Tests.Client;

/// <summary>The buffer between the socket and the lines, at its edges.</summary>
public sealed class ReadBufferTests : IDisposable
{
    readonly ReadBuffer buffer = new();

    [Fact]
    public void A_line_that_the_end_of_the_buffer_cuts_moves_to_its_front_and_goes_on()
    {
        var octets = buffer.Room().Length;
        Receive("first\r\n");
        Receive(new string('x', octets - "first\r\n".Length));
        Assert.Equal(LineSearch.Found, buffer.TryTakeLine(int.MaxValue));
        Assert.Equal(LineSearch.Incomplete, buffer.TryTakeLine(int.MaxValue));

        Assert.Equal("first\r\n".Length, buffer.Room().Length);
        Receive("\r\nnext");
        Assert.Equal(LineSearch.Found, buffer.TryTakeLine(int.MaxValue));
        Assert.Equal(new string('x', octets - "first\r\n".Length), Encoding.ASCII.GetString(buffer.Line));
        Assert.Equal("next"u8, buffer.Unread);
    }

    [Fact]
    public void A_line_that_fills_the_buffer_makes_it_grow()
    {
        var octets = buffer.Room().Length;
        Receive(new string('x', octets));
        Assert.Equal(LineSearch.Incomplete, buffer.TryTakeLine(int.MaxValue));
        Receive("yz\r\n");
        Assert.Equal(LineSearch.Found, buffer.TryTakeLine(int.MaxValue));
        Assert.Equal(new string('x', octets) + "yz", Encoding.ASCII.GetString(buffer.Line));
        Assert.True(buffer.IsEmpty);
    }

    [Theory]
    [InlineData("\n\r\n", "\n")]
    [InlineData("a\nb\r\n", "a\nb")]
    [InlineData("\r\n", "")]
    public void Only_CRLF_ends_a_line(string octets, string line)
    {
        Receive(octets);
        Assert.Equal(LineSearch.Found, buffer.TryTakeLine(100));
        Assert.Equal(line, Encoding.ASCII.GetString(buffer.Line));
    }

    public void Dispose() => buffer.Dispose();

    void Receive(string octets)
    {
        Encoding.ASCII.GetBytes(octets).CopyTo(buffer.Room());
        buffer.Received(octets.Length);
    }
}
