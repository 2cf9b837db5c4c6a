using System.Buffers.Binary;
using System.Security.Authentication;
using System.Text;
using Xunit;

namespace MailIngest.Pop3.Tests.Tls;

/// <summary>Stripping and downgrades: less TLS than was asked for, or an older one, or none.</summary>
public class Downgrades
{
    internal static readonly Peril[] Perils =
    [
        new("the server speaks SSL 3 at most", Ends.NoHandshake, new() { InPlaceOfTls = new ServerHello(0) }) { Mode = TlsMode.Implicit },
        new("the server speaks SSL 3 at most, after STLS", Ends.NoHandshake, new() { InPlaceOfTls = new ServerHello(0) }),
        new("the server speaks TLS 1.0 at most", Ends.NoHandshake, new() { InPlaceOfTls = new ServerHello(1) }) { Mode = TlsMode.Implicit },
        new("the server speaks TLS 1.0 at most, after STLS", Ends.NoHandshake, new() { InPlaceOfTls = new ServerHello(1) }),
        new("the server speaks TLS 1.1 at most", Ends.NoHandshake, new() { InPlaceOfTls = new ServerHello(2) }) { Mode = TlsMode.Implicit },
        new("the server speaks TLS 1.1 at most, after STLS", Ends.NoHandshake, new() { InPlaceOfTls = new ServerHello(2) }),
        new("the server speaks a TLS that does not exist", Ends.NoHandshake,
            new() { InPlaceOfTls = new ServerHello(9) }) { Mode = TlsMode.Implicit },
        new("TLS 1.3 was talked down to 1.2 on the way", Ends.NoHandshake,
            new() { InPlaceOfTls = new ServerHello(3) { RandomEnd = "DOWNGRD\u0001" } }) { Mode = TlsMode.Implicit },
        new("TLS 1.3 was talked down to 1.1 on the way", Ends.NoHandshake,
            new() { InPlaceOfTls = new ServerHello(3) { RandomEnd = "DOWNGRD\0" } }) { Mode = TlsMode.Implicit },
        new("the server chooses a cipher that encrypts nothing", Ends.NoHandshake,
            new() { InPlaceOfTls = new ServerHello(3) { Cipher = 0x003b } }) { Mode = TlsMode.Implicit },
        new("the server chooses RC4", Ends.NoHandshake,
            new() { InPlaceOfTls = new ServerHello(3) { Cipher = 0x0005 } }) { Mode = TlsMode.Implicit },
        new("the server chooses an export cipher of 40 bits", Ends.NoHandshake,
            new() { InPlaceOfTls = new ServerHello(3) { Cipher = 0x0003 } }) { Mode = TlsMode.Implicit },
        new("the server chooses single DES", Ends.NoHandshake,
            new() { InPlaceOfTls = new ServerHello(3) { Cipher = 0x0009 } }) { Mode = TlsMode.Implicit },
        new("the server chooses triple DES", Ends.NoHandshake,
            new() { InPlaceOfTls = new ServerHello(3) { Cipher = 0x000a } }) { Mode = TlsMode.Implicit },
        new("the server chooses a cipher without a certificate", Ends.NoHandshake,
            new() { InPlaceOfTls = new ServerHello(3) { Cipher = 0xc018 } }) { Mode = TlsMode.Implicit },
        new("the server chooses compression", Ends.NoHandshake,
            new() { InPlaceOfTls = new ServerHello(3) { Compression = 1 } }) { Mode = TlsMode.Implicit },
        new("the server says that it has no version in common", Ends.NoHandshake,
            new() { InPlaceOfTls = "\u0015\u0003\u0001\0\u0002\u0002\u0046" }) { Mode = TlsMode.Implicit },
        new("the server says that it has no cipher in common", Ends.NoHandshake,
            new() { InPlaceOfTls = "\u0015\u0003\u0003\0\u0002\u0002\u0028" }) { Mode = TlsMode.Implicit },
        new("the server says that its part of the handshake failed", Ends.NoHandshake,
            new() { InPlaceOfTls = "\u0015\u0003\u0003\0\u0002\u0002\u0050" }) { Mode = TlsMode.Implicit },
        new("the server ends TLS in the middle of the handshake", Ends.NoHandshake,
            new() { InPlaceOfTls = "\u0015\u0003\u0003\0\u0002\u0001\0" }) { Mode = TlsMode.Implicit },
        new("the port for TLS answers in the clear", Ends.NoHandshake,
            new() { InPlaceOfTls = "+OK POP3 server ready.\r\n" }) { Mode = TlsMode.Implicit },
        new("the port for TLS answers in the clear that it is broken", Ends.NoHandshake,
            new() { InPlaceOfTls = "-ERR [SYS/PERM] no TLS here\r\n" }) { Mode = TlsMode.Implicit },
        new("the port for TLS is a web server", Ends.NoHandshake,
            new() { InPlaceOfTls = "HTTP/1.1 400 Bad Request\r\n\r\n" }) { Mode = TlsMode.Implicit },
        new("the connection ends in the handshake", Ends.NoHandshake, new() { InPlaceOfTls = "" }) { Mode = TlsMode.Implicit },
        new("the port for TLS says nothing", End.Of<TimeoutException>("no connection, protection and greeting within 30 s"),
            new() { Silence = new() }) { Mode = TlsMode.Implicit },
        new("the server speaks TLS 1.2 at most", End.SignedIn, new() { Protocol = SslProtocols.Tls12 }),
        new("the server speaks TLS 1.3 only", End.SignedIn, new() { Protocol = SslProtocols.Tls13 }),
        new("TLS is there from the first octet", End.SignedIn, new()) { Mode = TlsMode.Implicit },
        new("the greeting under TLS is -ERR", Ends.Refused, new() { Greeting = "-ERR not now\r\n" }) { Mode = TlsMode.Implicit },
        new("the greeting under TLS is none", Ends.Nonsense("the greeting is neither"), new() { Greeting = "220 mail\r\n" })
            { Mode = TlsMode.Implicit },
    ];

    public static IEnumerable<TheoryDataRow<string>> Rows => Perils.Rows();

    [Theory, MemberData(nameof(Rows))]
    public Task Nothing_is_given_away(string when) => Perils.MeetAsync(when);

    [Fact]
    public async Task No_version_before_TLS_1_2_and_no_broken_cipher_is_offered()
    {
        var met = await new Impostor { InPlaceOfTls = "" }.MeetAsync(
            new Pop3Endpoint(Peril.Host, 995, TlsMode.Implicit), new Pop3SignIn("mrose", "tanstaaf"), new Pop3Tls(), []);
        var (ciphers, versions) = Offer(Encoding.Latin1.GetBytes(met.Outside));
        Assert.Equal([0x0303, 0x0304], versions.Order());
        Assert.Contains(0x1301, ciphers);
        Assert.DoesNotContain(ciphers, cipher => cipher is <= 0x001b or 0x003b or >= 0xc001 and <= 0xc008 or >= 0xc00b and <= 0xc012);
    }

    /// <summary>What stands in a ClientHello (RFC 8446 §4.1.2): the cipher suites, and the extension supported_versions.</summary>
    static (List<int> Ciphers, List<int> Versions) Offer(ReadOnlySpan<byte> record)
    {
        var rest = record[(5 + 4 + 2 + 32)..];
        rest = rest[(1 + rest[0])..];
        var ciphers = Numbers(rest.Slice(2, Number(rest)));
        rest = rest[(2 + Number(rest))..];
        rest = rest[(1 + rest[0])..];
        for (rest = rest[2..]; rest.Length > 0; rest = rest[(4 + Number(rest[2..]))..])
            if (Number(rest) == 43) return (ciphers, Numbers(rest.Slice(5, rest[4])));
        return (ciphers, []);
    }

    static ushort Number(ReadOnlySpan<byte> octets) => BinaryPrimitives.ReadUInt16BigEndian(octets);

    static List<int> Numbers(ReadOnlySpan<byte> octets)
    {
        var numbers = new List<int>();
        for (; octets.Length > 0; octets = octets[2..]) numbers.Add(Number(octets));
        return numbers;
    }
}
