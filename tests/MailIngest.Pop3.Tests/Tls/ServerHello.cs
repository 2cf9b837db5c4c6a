using System.Text;

namespace MailIngest.Pop3.Tests.Tls;

/// <summary>What an old server, or somebody who wants one, says first in a TLS handshake (RFC 5246 §7.4.1.3), as Latin-1.</summary>
/// <param name="Version">3.0 is SSL 3, 3.3 is TLS 1.2.</param>
sealed record ServerHello(byte Version)
{
    /// <summary>TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256.</summary>
    public ushort Cipher { get; init; } = 0xc02f;

    public byte Compression { get; init; }

    /// <summary>The last octets of the random: by these a server says that it was talked down (RFC 8446 §4.1.3).</summary>
    public string RandomEnd { get; init; } = "";

    public static implicit operator string(ServerHello hello) => hello.ToString();

    public override string ToString()
    {
        byte[] random = [.. Enumerable.Repeat((byte)0x5a, 32 - RandomEnd.Length), .. Encoding.Latin1.GetBytes(RandomEnd)];
        byte[] body = [3, Version, .. random, 0, (byte)(Cipher >> 8), (byte)Cipher, Compression];
        return Encoding.Latin1.GetString([0x16, 3, Version, 0, (byte)(body.Length + 4), 2, 0, 0, (byte)body.Length, .. body]);
    }
}
