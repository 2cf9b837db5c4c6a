using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MailIngest.Pop3.Tests.Client;
using Microsoft.Extensions.Time.Testing;

namespace MailIngest.Pop3.Tests.Tls;

/// <summary>
/// A server, or somebody on the way to it. It says what the case wants said, and "+OK" to everything else, under TLS or not: a client that
/// would give its credentials away gets every chance to.
/// </summary>
sealed record Impostor
{
    static readonly TimeSpan SafetyNet = TimeSpan.FromSeconds(30);

    public string Greeting { get; init; } = "+OK POP3 server ready.\r\n";

    /// <summary>The answer to CAPA without TLS.</summary>
    public string Capa { get; init; } = Announces("STLS", "USER", "SASL PLAIN", "UIDL");

    /// <summary>The answer to CAPA under TLS.</summary>
    public string CapaInside { get; init; } = Announces("USER", "UIDL");

    /// <summary>The answer to STLS, and whatever is to be in the same segment.</summary>
    public string Stls { get; init; } = "+OK Begin TLS negotiation now.\r\n";

    /// <summary>The answer to AUTH without a mechanism.</summary>
    public string Auth { get; init; } = "+OK\r\nPLAIN\r\nLOGIN\r\n.\r\n";

    public string Quit { get; init; } = "+OK bye\r\n";

    /// <summary>What is sent, once a TLS handshake has begun, in place of the server's part; empty: the connection is closed.</summary>
    public string? InPlaceOfTls { get; init; }

    /// <summary>So much of the answer to STLS is a segment, the rest another; 0: one segment.</summary>
    public int StlsCut { get; init; }

    /// <summary>The client is handed one octet at a time.</summary>
    public bool Dribbles { get; init; }

    /// <summary>Says nothing when the TLS handshake has begun, and lets this clock run.</summary>
    public FakeTimeProvider? Silence { get; init; }

    /// <summary>Nothing is read after the answer to that command, and nothing said: the connection ends.</summary>
    public string? HangsUpAfter { get; init; }

    public SslProtocols Protocol { get; init; }

    public static string Announces(params string[] lines) => $"+OK\r\n{string.Concat(lines.Select(line => line + "\r\n"))}.\r\n";

    /// <summary>One attempt to sign in, and every octet that reached the server.</summary>
    /// <param name="server">Where the client means to go.</param>
    /// <param name="signIn">As whom.</param>
    /// <param name="tls">Which certificates it believes.</param>
    /// <param name="shows">The certificate of this end, and those of the authorities above it.</param>
    public async Task<Encounter> MeetAsync(Pop3Endpoint server, Pop3SignIn signIn, Pop3Tls tls, X509Certificate2[] shows)
    {
        using var outside = new MemoryStream();
        using var inside = new MemoryStream();
        var transcript = new List<string>();
        var (near, far) = DuplexStream.Pair(dribbles: Dribbles, heard: outside);
        await using (near)
        await using (far)
        {
            var playing = PlayAsync(far, inside, server.Tls, shows);
            var connections = 0;
            var options = new Pop3Options
            {
                Tls = tls,
                Clock = Silence ?? TimeProvider.System,
                Transcript = line => transcript.Add(line.ToString()),
                Connect = (_, _) => ++connections == 1 ? new(near) : throw new InvalidOperationException("A second connection."),
            };
            Exception? failure = null;
            try
            {
                await using var session = await Pop3Client.OpenAsync(server, signIn, options, default);
            }
            catch (Exception ended)
            {
                failure = ended;
            }
            await playing.WaitAsync(SafetyNet);
            return new Encounter(failure, Text(outside), Text(inside), transcript);
        }
    }

    async Task PlayAsync(DuplexStream far, MemoryStream inside, TlsMode mode, X509Certificate2[] shows)
    {
        Stream stream = far;
        try
        {
            if (mode == TlsMode.Implicit && await ProtectAsync(far, shows) is { } first) stream = first;
            if (mode != TlsMode.Implicit || stream != far) await SayAsync(stream, Greeting);
            if (HangsUpAfter == "") HangUp(far);
            while (await HearAsync(stream, far, inside) is { } line)
            {
                var word = line.Split(' ')[0];
                if (word == "STLS" && stream == far)
                {
                    await SayAsync(far, Stls[..StlsCut]);
                    await SayAsync(far, Stls[StlsCut..]);
                    if (HangsUpAfter == word) HangUp(far);
                    if (await ProtectAsync(far, shows) is { } tls) stream = tls;
                }
                else
                {
                    await SayAsync(stream, word switch
                    {
                        "CAPA" => stream == far ? Capa : CapaInside,
                        "AUTH" when line == word => Auth,
                        "QUIT" => Quit,
                        _ => "+OK\r\n",
                    });
                }
                if (HangsUpAfter == word) HangUp(far);
            }
        }
        catch (Exception gone) when (gone is IOException or AuthenticationException)
        {
            // One of the two has left: what the client had sent by then is all that matters.
            while (await HearAsync(far, far, inside) is not null) { }
        }
        catch
        {
            await far.DisposeAsync(); // the client need not wait for what will not come
            throw;
        }
    }

    /// <summary>The server's part of TLS, or null when it plays another.</summary>
    async Task<Stream?> ProtectAsync(DuplexStream far, X509Certificate2[] shows)
    {
        if (InPlaceOfTls is null && Silence is null)
        {
            var tls = new SslStream(far);
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
            {
                ServerCertificateContext = SslStreamCertificateContext.Create(shows[0], [.. shows[1..]], offline: true),
                EnabledSslProtocols = Protocol,
#pragma warning disable SYSLIB0040 // The only way to let this end show a weak certificate.
                EncryptionPolicy = EncryptionPolicy.AllowNoEncryption,
#pragma warning restore SYSLIB0040
            });
            return tls;
        }
        if (await far.ReadAsync(new byte[1]) == 0) return null;
        Silence?.Advance(TimeSpan.FromSeconds(31));
        if (InPlaceOfTls is { Length: > 0 } other) await SayAsync(far, other);
        if (InPlaceOfTls is "") HangUp(far);
        return null;
    }

    static void HangUp(DuplexStream far)
    {
        far.EndWriting();
        throw new EndOfStreamException("This end has hung up.");
    }

    /// <summary>A line, or null at the end of the stream.</summary>
    static async Task<string?> HearAsync(Stream stream, DuplexStream far, MemoryStream inside)
    {
        var line = new StringBuilder();
        var octet = new byte[1];
        while (await stream.ReadAsync(octet) == 1)
        {
            if (stream != far) inside.Write(octet);
            line.Append((char)octet[0]);
            if (octet[0] == '\n') return line.ToString().TrimEnd();
        }
        return null;
    }

    static async Task SayAsync(Stream stream, string text)
    {
        if (text.Length == 0) return;
        await stream.WriteAsync(Encoding.Latin1.GetBytes(text));
        await stream.FlushAsync();
    }

    static string Text(MemoryStream octets) => Encoding.Latin1.GetString(octets.ToArray());
}
