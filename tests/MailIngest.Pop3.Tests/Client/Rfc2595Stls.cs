using System.Security.Cryptography;
using MailIngest.Pop3.Tests.Server;
using Xunit;

namespace MailIngest.Pop3.Tests.Client;

/// <summary>RFC 2595, RFC 8314, RFC 7817: STLS, implicit TLS, certificates.</summary>
public class Rfc2595Stls
{
    const string Name = "pop.example.com";

    [Fact, Trait("Obligation", "55")]
    public async Task What_was_announced_before_TLS_is_forgotten_and_asked_again()
    {
        using var certificate = Certificates.For(Name);
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SendAsync("+OK\r\n");
            await script.CapaAsync("STLS", "SASL PLAIN", "UTF8", "PIPELINING");
            await script.PlayAsync("C: STLS\nS: +OK begin");
            await script.ProtectAsync(certificate);
            await script.CapaAsync("USER");
            await script.PlayAsync("C: USER mrose\nS: +OK\nC: PASS s3cr3t!\nS: +OK");
            await script.CapaAsync("USER");
        });
        await using var session = await server.OpenAsync(Certificates.Trusting(certificate), ScriptedServer.User(SignInMechanism.Auto), TlsMode.Stls);
        Assert.Equal(["USER"], session.Capabilities.Lines);
        Assert.False(session.Pipelines);
        await server.FinishAsync();
    }

    [Fact, Trait("Obligation", "69")]
    public async Task Octets_in_the_segment_of_the_answer_to_STLS_end_the_attempt()
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SendAsync("+OK\r\n");
            await script.CapaAsync("STLS");
            await script.PlayAsync("C: STLS\nS: +OK begin\nS: +OK injected");
            await script.ExpectCloseAsync();
        });
        var tampered = await Assert.ThrowsAsync<Pop3TlsException>(() => server.OpenAsync(tls: TlsMode.Stls));
        Assert.Contains("injected", tampered.Message);
        await server.FinishAsync();
    }

    [Fact, Trait("Obligation", "69")]
    public async Task Octets_in_the_segment_after_the_answer_to_STLS_end_the_attempt()
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SendAsync("+OK\r\n");
            await script.CapaAsync("STLS");
            await script.PlayAsync("C: STLS\nS: +OK begin");
            await script.SendAsync("+OK injected\r\n");
        });
        await Assert.ThrowsAsync<Pop3TlsException>(() => server.OpenAsync(tls: TlsMode.Stls));
        await server.FinishAsync();
    }

    [Fact, Trait("Obligation", "69")]
    public async Task Nothing_follows_STLS_before_its_answer()
    {
        using var certificate = Certificates.For(Name);
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SendAsync("+OK\r\n");
            await script.CapaAsync("STLS", "PIPELINING");
            await script.ExpectAsync("STLS");
            var next = script.ReadOctetAsync();
            Assert.False(next.IsCompleted);
            await script.SendAsync("+OK\r\n");
            Assert.Equal(0x16, await next);   // a TLS handshake record, RFC 8446 §5.1
            await script.CloseAsync();
        });
        await Assert.ThrowsAsync<Pop3TlsException>(() => server.OpenAsync(tls: TlsMode.Stls));
        await server.FinishAsync();
    }

    [Theory, Trait("Obligation", "71")]
    [InlineData("not announced")]
    [InlineData("no CAPA")]
    [InlineData("refused")]
    public async Task Without_STLS_no_credential_is_sent(string how)
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SendAsync("+OK already signed in\r\n");
            await script.CapaAsync(how switch { "refused" => ["STLS"], "no CAPA" => [], _ => ["USER", "SASL PLAIN"] });
            if (how == "refused") await script.PlayAsync("C: STLS\nS: -ERR not today");
            await script.ExpectCloseAsync();
        });
        var refused = await Assert.ThrowsAsync<Pop3TlsException>(() => server.OpenAsync(tls: TlsMode.Stls));
        Assert.StartsWith("pop.example.com:110: STLS is required", refused.Message);
        await server.FinishAsync();
    }

    [Theory, Trait("Obligation", "71")]
    [InlineData("pop.example.com", true)]
    [InlineData("POP.Example.COM", true)]
    [InlineData("*.example.com", true)]
    [InlineData("*.com", false)]
    [InlineData("pop.*.com", false)]
    [InlineData("example.com", false)]
    [InlineData("www.pop.example.com", false)]
    [InlineData("pop.example.com.evil.example", false)]
    public async Task The_name_in_the_certificate_is_the_one_connected_to(string name, bool good)
    {
        using var certificate = Certificates.For(name);
        var flaw = await HandshakeAsync(certificate, Certificates.Trusting(certificate));
        if (good) Assert.Null(flaw);
        else Assert.Contains($"the certificate is not for pop.example.com but for {name}", flaw);
    }

    [Fact, Trait("Obligation", "71")]
    public async Task A_name_in_the_subject_alone_does_not_count()
    {
        using var certificate = Certificates.CommonNameOnly(Name);
        Assert.Contains("without any alternative name", await HandshakeAsync(certificate, Certificates.Trusting(certificate)));
    }

    [Fact, Trait("Obligation", "71")]
    public async Task Another_name_is_expected_when_it_is_given()
    {
        using var certificate = Certificates.For("inner.example.org");
        Assert.Null(await HandshakeAsync(certificate, Certificates.Trusting(certificate, "inner.example.org")));
    }

    [Fact, Trait("Obligation", "72")]
    public async Task UTF8_comes_after_STLS_and_never_before()
    {
        using var certificate = Certificates.For(Name);
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SendAsync("+OK\r\n");
            await script.CapaAsync("STLS", "UTF8");
            await script.PlayAsync("C: STLS\nS: +OK");
            await script.ProtectAsync(certificate);
            await script.CapaAsync("UTF8");
            await script.PlayAsync("C: UTF8\nS: +OK\nC: USER mrose\nS: +OK\nC: PASS s3cr3t!\nS: +OK");
            await script.CapaAsync("UTF8");
        });
        await using var session = await server.OpenAsync(Certificates.Trusting(certificate), tls: TlsMode.Stls);
        await server.FinishAsync();
    }

    [Fact, Trait("Obligation", "73")]
    public async Task A_certificate_that_no_authority_vouches_for_is_refused_and_nothing_is_sent()
    {
        using var certificate = Certificates.For(Name);
        var flaw = await HandshakeAsync(certificate, new Pop3Options());
        Assert.Contains("the certificate is not trusted", flaw);
        Assert.Contains(certificate.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256), flaw);
    }

    [Fact, Trait("Obligation", "73")]
    public async Task An_expired_certificate_is_refused_even_when_it_is_pinned()
    {
        using var certificate = Certificates.Expired(Name);
        Assert.Contains("the certificate is not trusted", await HandshakeAsync(certificate, Certificates.Trusting(certificate)));
        Assert.Contains("the certificate is not trusted", await HandshakeAsync(certificate, Pinned(certificate)));
    }

    [Fact, Trait("Obligation", "73")]
    public async Task A_pinned_certificate_needs_no_authority_but_the_right_name()
    {
        using var certificate = Certificates.For(Name);
        using var other = Certificates.For(Name);
        using var stranger = Certificates.For("other.example.com");
        Assert.Null(await HandshakeAsync(certificate, Pinned(certificate)));
        Assert.Contains("is none of the expected ones", await HandshakeAsync(other, Pinned(certificate)));
        Assert.Contains("the certificate is not for", await HandshakeAsync(stranger, Pinned(stranger)));
    }

    [Fact, Trait("Obligation", "73")]
    public async Task A_pinned_key_outlives_the_certificate_that_it_came_with()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var first = Certificates.Renewed(Name, key);
        using var renewed = Certificates.Renewed(Name, key);
        using var other = Certificates.For(Name);
        Assert.NotEqual(first.Thumbprint, renewed.Thumbprint);
        var pin = "pin-sha256:" + Convert.ToBase64String(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));
        var options = new Pop3Options { Tls = new() { Fingerprints = ["00", pin] } };
        Assert.Null(await HandshakeAsync(first, options));
        Assert.Null(await HandshakeAsync(renewed, options));
        Assert.Contains("is none of the expected ones", await HandshakeAsync(other, options));
        Assert.Contains(pin, await HandshakeAsync(first, Pinned(other)));
    }

    [Fact, Trait("Obligation", "73")]
    public async Task A_certificate_about_whose_revocation_nobody_answers_is_refused_where_that_is_asked_for()
    {
        using var authority = new TestAuthority();
        using var certificate = authority.CertifyServer(Name); // it names nobody to ask
        var options = Certificates.Trusting(authority.Certificate);
        Assert.Null(await HandshakeAsync(certificate, options));
        Assert.Contains("the certificate is not trusted: no answer is to be had whether it is revoked",
            await HandshakeAsync(certificate, options with { Tls = options.Tls with { Revocation = true } }));
    }

    [Fact, Trait("Obligation", "73")]
    public async Task Where_revocation_is_asked_for_a_pin_does_not_replace_the_authority()
    {
        using var certificate = Certificates.For(Name);
        var pinned = Pinned(certificate);
        Assert.Contains("the certificate is not trusted",
            await HandshakeAsync(certificate, pinned with { Tls = pinned.Tls with { Revocation = true } }));
    }

    /// <summary>The library judges the server's certificate after ours was shown.</summary>
    [Fact, Trait("Obligation", "73")]
    public async Task Beside_a_client_certificate_nobody_claims_that_nothing_was_sent()
    {
        using var expired = Certificates.Expired(Name);
        using var ours = Certificates.For("client");
        var options = Certificates.Trusting(expired);
        Assert.EndsWith("; nothing was sent to it.", await HandshakeAsync(expired, options));
        Assert.EndsWith("; no sign-in was sent to it.",
            await HandshakeAsync(expired, options with { Tls = options.Tls with { ClientCertificate = ours } }));
    }

    [Fact, Trait("Obligation", "73")]
    public async Task A_trusted_authority_does_not_help_against_a_pin()
    {
        using var certificate = Certificates.For(Name);
        using var other = Certificates.For(Name);
        var options = new Pop3Options { Tls = Pinned(other).Tls with { TrustedRoots = [certificate] } };
        Assert.Contains("is none of the expected ones", await HandshakeAsync(certificate, options));
    }

    [Fact, Trait("Obligation", "73")]
    public async Task A_server_that_speaks_no_TLS_is_refused()
    {
        await using var server = ScriptedServer.Run(script => script.SendAsync("+OK plain POP3 ready\r\n"));
        var refused = await Assert.ThrowsAsync<Pop3TlsException>(() => server.OpenAsync(tls: TlsMode.Implicit));
        Assert.StartsWith("pop.example.com:110: the TLS handshake failed", refused.Message);
    }

    [Fact, Trait("Obligation", "73")]
    public async Task A_server_that_breaks_off_the_handshake_is_refused_with_its_reason()
    {
        // A fatal alert: handshake_failure (RFC 8446 §6.2).
        await using var server = ScriptedServer.Run(script => script.SendAsync("\x15\x03\x03\x00\x02\x02\x28"));
        var refused = await Assert.ThrowsAsync<Pop3TlsException>(() => server.OpenAsync(tls: TlsMode.Implicit));
        Assert.Contains("handshake failure", refused.Message);
    }

    [Fact, Trait("Obligation", "74")]
    public async Task The_peer_is_told_when_a_protected_connection_is_closed()
    {
        using var certificate = Certificates.For(Name);
        var end = "";
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.ProtectAsync(certificate);
            await script.SignInAsync();
            end = await script.ReadLineAsync() ?? "close_notify";   // without one SslStream throws
        });
        await (await server.OpenAsync(Certificates.Trusting(certificate), tls: TlsMode.Implicit)).DisposeAsync();
        await server.FinishAsync();
        Assert.Equal("close_notify", end);
    }

    [Fact, Trait("Obligation", "74")]
    public async Task An_end_without_close_notify_inside_a_message_is_an_error()
    {
        using var certificate = Certificates.For(Name);
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.ProtectAsync(certificate);
            await script.SignInAsync();
            await script.PlayAsync("C: RETR 1\nS: +OK\nS: half of it");
            await script.CutAsync();
        });
        await using var session = await server.OpenAsync(Certificates.Trusting(certificate), tls: TlsMode.Implicit);
        var lost = await Assert.ThrowsAnyAsync<Exception>(() => session.RetrieveAsync());
        Assert.True(lost is IOException or Pop3ProtocolException { ConnectionLost: true });
        Assert.True(session.IsBroken);
    }

    static Pop3Options Pinned(System.Security.Cryptography.X509Certificates.X509Certificate2 certificate)
    {
        var hash = certificate.GetCertHash(System.Security.Cryptography.HashAlgorithmName.SHA256);
        return new Pop3Options { Tls = new Pop3Tls { Fingerprints = ["00", BitConverter.ToString(hash).Replace('-', ':').ToLowerInvariant()] } };
    }

    /// <summary>Why the client would not go on, or null when it signed in.</summary>
    static async Task<string?> HandshakeAsync(System.Security.Cryptography.X509Certificates.X509Certificate2 certificate, Pop3Options options)
    {
        var greeted = false;
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.ProtectAsync(certificate);
            await script.SendAsync("+OK\r\n");
            greeted = await script.ReadLineAsync() is not null;
            if (greeted) await script.PlayAsync("S: -ERR\nC: USER mrose\nS: +OK\nC: PASS s3cr3t!\nS: +OK");
        });
        try
        {
            await using var session = await server.OpenAsync(options, tls: TlsMode.Implicit);
            return null;
        }
        catch (Pop3TlsException refused)
        {
            Assert.False(greeted);
            return refused.Message;
        }
    }
}
