using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Xunit;

namespace MailIngest.Pop3.Tests.Client;

/// <summary>What a scripted server can do: send octets as they are, expect lines exactly.</summary>
sealed class ServerScript(Stream transport)
{
    readonly Stream bottom = transport;
    Stream stream = transport;
    readonly List<byte> received = [];

    /// <summary>Latin-1, sent in one piece, nothing added.</summary>
    public async Task SendAsync(string octets)
    {
        await stream.WriteAsync(Encoding.Latin1.GetBytes(octets));
        await stream.FlushAsync();
    }

    /// <summary>A line without its CRLF, or null at the end of the stream.</summary>
    public async Task<string?> ReadLineAsync()
    {
        var octet = new byte[1];
        received.Clear();
        while (await stream.ReadAsync(octet) == 1)
        {
            received.Add(octet[0]);
            if (received is [.., (byte)'\r', (byte)'\n']) return Encoding.UTF8.GetString([.. received[..^2]]);
        }
        Assert.Empty(received);
        return null;
    }

    public async Task ExpectAsync(string line) => Assert.Equal(line, await ReadLineAsync());

    /// <summary>The client closes the connection and has sent nothing more, no QUIT either.</summary>
    public async Task ExpectCloseAsync()
    {
        try { Assert.Null(await ReadLineAsync()); }
        catch (IOException) { }
    }

    /// <summary>"C: line" is expected, "S: line" is sent with CRLF; consecutive S lines in one piece.</summary>
    public async Task PlayAsync(string transcript)
    {
        var answer = new StringBuilder();
        foreach (var line in transcript.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("S: ", StringComparison.Ordinal))
            {
                answer.Append(line.AsSpan(3)).Append("\r\n");
                continue;
            }
            if (answer.Length > 0) await SendAsync(answer.ToString());
            answer.Clear();
            await ExpectAsync(line[3..]);
        }
        if (answer.Length > 0) await SendAsync(answer.ToString());
    }

    /// <summary>Greeting, CAPA, USER and PASS, CAPA: up to the TRANSACTION state. No capabilities: CAPA is not known.</summary>
    public async Task SignInAsync(params string[] capabilities)
    {
        await SendAsync("+OK ready\r\n");
        await CapaAsync(capabilities);
        await PlayAsync("C: USER mrose\nS: +OK\nC: PASS s3cr3t!\nS: +OK maildrop locked");
        if (capabilities.Length > 0) await CapaAsync(capabilities);
    }

    public async Task CapaAsync(params string[] capabilities)
    {
        await ExpectAsync("CAPA");
        await SendAsync(capabilities.Length == 0 ? "-ERR what?\r\n" : $"+OK\r\n{string.Concat(capabilities.Select(line => line + "\r\n"))}.\r\n");
    }

    /// <param name="certificate">The server's.</param>
    /// <param name="asks">The client is asked for one too, and any will do.</param>
    public async Task ProtectAsync(X509Certificate2 certificate, bool asks = false)
    {
#pragma warning disable CA5359 // it is the client's
        var tls = new SslStream(stream, leaveInnerStreamOpen: false, (_, _, _, _) => true);
#pragma warning restore CA5359
        await tls.AuthenticateAsServerAsync(certificate, asks, checkCertificateRevocation: false);
        stream = tls;
    }

    public async Task<int> ReadOctetAsync()
    {
        var octet = new byte[1];
        return await stream.ReadAsync(octet) == 0 ? -1 : octet[0];
    }

    /// <summary>Octets that are sent below TLS.</summary>
    public ValueTask SendBelowAsync(byte[] octets) => bottom.WriteAsync(octets);

    /// <summary>The connection ends below TLS, without its farewell.</summary>
    public ValueTask CutAsync() => bottom.DisposeAsync();

    public ValueTask CloseAsync() => stream.DisposeAsync();
}
