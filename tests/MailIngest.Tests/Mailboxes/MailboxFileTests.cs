using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MailIngest.Mailboxes;
using MailIngest.Pop3;
using MailIngest.Settings;
using MailIngest.Tests.Settings;
using Xunit;

namespace MailIngest.Tests.Mailboxes;

/// <summary>What a good mailbox file means.</summary>
public class MailboxFileTests
{
    static async Task<Mailbox> ReadAsync(string line, params string[] without)
    {
        using var folder = new ConfigFolder();
        folder.Write("mailboxes/sales.json", ConfigFolder.Mailbox(line, without));
        return Assert.Single((await folder.ReadAsync()).Mailboxes);
    }

    [Fact]
    public async Task The_least_file_gives_every_default()
    {
        var mailbox = await ReadAsync("");
        Assert.Equal("sales", mailbox.Id);
        Assert.EndsWith("/mailboxes/sales.json", mailbox.File, StringComparison.Ordinal);
        Assert.True(mailbox.Enabled);
        Assert.Equal(new Pop3Endpoint("pop.example.org", 995, TlsMode.Implicit), mailbox.Server);
        Assert.Equal("sales@example.org", mailbox.Username);
        Assert.Equal(SignInMechanism.Auto, mailbox.Mechanism);
        Assert.Equal("/run/secrets/sales", Assert.IsType<FileSecret>(mailbox.Password).Path);
        Assert.Empty(mailbox.Tls.Fingerprints);
        Assert.Null(mailbox.Tls.HostOverride);
        Assert.Null(mailbox.Tls.TrustFile);
        Assert.Null(mailbox.Tls.Certificate);
        Assert.False(mailbox.Tls.Revocation);
        Assert.Equal(TimeSpan.FromSeconds(30), mailbox.ConnectTimeout);
        Assert.Equal(TimeSpan.FromSeconds(60), mailbox.Timeout);
        Assert.Equal(TimeSpan.FromHours(1), mailbox.SessionTimeout);
        Assert.Equal(Pipelining.Auto, mailbox.Pipelining);
        Assert.Equal(new MailboxSchedule(null, TimeSpan.FromMinutes(5), TimeZoneInfo.Utc), mailbox.Schedule);
        Assert.True(mailbox.Delete);
        Assert.Null(mailbox.DeleteAfter);
        Assert.Equal(0, mailbox.MaxMessageOctets);
        Assert.Equal(Oversize.Skip, mailbox.Oversize);
        Assert.Equal(0, mailbox.MaxMessagesPerSession);
        Assert.Equal(0, mailbox.MaxOctetsPerSession);
        Assert.Equal(50_000, mailbox.CommitEvery);
        Assert.Equal(5, mailbox.MaxAttempts);
        Assert.Equal(SizeTrust.Exact, mailbox.Sizes);
    }

    [Fact]
    public async Task Every_key_finds_its_place()
    {
        var mailbox = await ReadAsync("""
            "id": "info-2", "enabled": false, "host": "POP.Example.ORG.", "tls": "stls", "port": 1110, "tlsHostOverride": "Mail.Example.net",
            "username": "info", "auth": "userpass", "passwordEnv": "INFO_PASSWORD", "allowPlaintextPassword": true,
            "connectTimeout": "10s", "timeout": "2m", "sessionTimeout": "1h30m", "pipelining": "off",
            "schedule": "*/15  8-18 * * mon-fri", "timeZone": "Europe/Zurich",
            "delete": true, "deleteAfter": "7d", "maxMessageSize": "50MB", "oversize": "quarantine", "maxMessagesPerSession": 100,
            "maxBytesPerSession": "1GiB", "commitEvery": 0, "maxAttempts": 3, "sizes": "inexact"
            """, "host", "username", "password");
        Assert.Equal("info-2", mailbox.Id);
        Assert.False(mailbox.Enabled);
        Assert.Equal(new Pop3Endpoint("pop.example.org", 1110, TlsMode.Stls), mailbox.Server);
        Assert.Equal("mail.example.net", mailbox.Tls.HostOverride);
        Assert.Equal("info", mailbox.Username);
        Assert.Equal(SignInMechanism.UserPass, mailbox.Mechanism);
        Assert.Equal("INFO_PASSWORD", Assert.IsType<EnvironmentSecret>(mailbox.Password).Variable);
        Assert.Equal(TimeSpan.FromSeconds(10), mailbox.ConnectTimeout);
        Assert.Equal(TimeSpan.FromMinutes(2), mailbox.Timeout);
        Assert.Equal(TimeSpan.FromMinutes(90), mailbox.SessionTimeout);
        Assert.Equal(Pipelining.Off, mailbox.Pipelining);
        Assert.Equal(
            new MailboxSchedule("*/15 8-18 * * mon-fri", null, TimeZoneInfo.FindSystemTimeZoneById("Europe/Zurich")), mailbox.Schedule);
        Assert.Equal(TimeSpan.FromDays(7), mailbox.DeleteAfter);
        Assert.Equal(50_000_000, mailbox.MaxMessageOctets);
        Assert.Equal(Oversize.Quarantine, mailbox.Oversize);
        Assert.Equal(100, mailbox.MaxMessagesPerSession);
        Assert.Equal(1L << 30, mailbox.MaxOctetsPerSession);
        Assert.Equal(0, mailbox.CommitEvery);
        Assert.Equal(3, mailbox.MaxAttempts);
        Assert.Equal(SizeTrust.Inexact, mailbox.Sizes);
    }

    [Theory]
    [InlineData("implicit", TlsMode.Implicit, 995)]
    [InlineData("stls", TlsMode.Stls, 110)]
    [InlineData("starttls", TlsMode.Stls, 110)]
    [InlineData("none", TlsMode.None, 110)]
    public async Task The_default_port_follows_tls(string tls, TlsMode mode, int port)
    {
        var mailbox = await ReadAsync($"\"tls\": \"{tls}\", \"allowPlaintextPassword\": true");
        Assert.Equal(new Pop3Endpoint("pop.example.org", port, mode), mailbox.Server);
    }

    [Theory]
    [InlineData("\"auto\"", SignInMechanism.Auto)]
    [InlineData("\"userpass\"", SignInMechanism.UserPass)]
    [InlineData("\"plain\"", SignInMechanism.Plain)]
    [InlineData("\"scram-sha-1\"", SignInMechanism.ScramSha1)]
    [InlineData("\"scram-sha-256\"", SignInMechanism.ScramSha256)]
    [InlineData("\"cram-md5\"", SignInMechanism.CramMd5)]
    [InlineData("\"apop\"", SignInMechanism.Apop)]
    [InlineData("\"external\"", SignInMechanism.External)]
    public async Task Each_auth_is_a_mechanism(string word, SignInMechanism mechanism) =>
        Assert.Equal(mechanism, (await ReadAsync(
            mechanism == SignInMechanism.External ? $"\"auth\": {word}, \"tlsCertificateFile\": \"c.pem\"" : $"\"auth\": {word}",
            mechanism == SignInMechanism.External ? ["password"] : [])).Mechanism);

    [Fact]
    public async Task With_external_the_certificate_is_what_signs_in()
    {
        var mailbox = await ReadAsync(
            "\"auth\": \"external\", \"tlsCertificateFile\": \"/c.pem\", \"tlsKeyFile\": \"/k.pem\", \"tlsRevocation\": \"on\"", "password");
        Assert.Equal(("/c.pem", "/k.pem"), (mailbox.Tls.Certificate!.CertificateFile, mailbox.Tls.Certificate.KeyFile));
        Assert.Same(mailbox.Tls.Certificate, mailbox.Password);
        Assert.True(mailbox.Tls.Revocation);
    }

    [Fact]
    public async Task A_certificate_may_be_shown_beside_a_password()
    {
        var mailbox = await ReadAsync("\"tlsCertificateFile\": \"/c.pem\"");
        Assert.Null(mailbox.Tls.Certificate!.KeyFile);
        Assert.IsType<FileSecret>(mailbox.Password);
    }

    [Theory]
    [InlineData("pop.example.org", "pop.example.org")]
    [InlineData("my_server", "my_server")]
    [InlineData("Bücher.example", "xn--bcher-kva.example")]
    [InlineData("192.0.2.7", "192.0.2.7")]
    [InlineData("2001:DB8::7", "2001:db8::7")]
    [InlineData("[::1]", "::1")]
    public async Task A_host_has_one_spelling(string written, string host) =>
        Assert.Equal(host, (await ReadAsync($"\"host\": \"{written}\"", "host")).Server.Host);

    [Theory]
    [InlineData("localhost")]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task Plaintext_to_this_machine_needs_no_consent(string host) =>
        Assert.Equal(TlsMode.None, (await ReadAsync($"\"host\": \"{host}\", \"tls\": \"none\"", "host")).Server.Tls);

    [Fact]
    public async Task Fingerprints_are_one_or_a_list_with_or_without_colons()
    {
        var plain = string.Concat(Enumerable.Repeat("ab", 32));
        var colons = string.Join(':', Enumerable.Repeat("AB", 32));
        Assert.Equal([plain.ToUpperInvariant()], (await ReadAsync($"\"tlsFingerprint\": \"{plain}\"")).Tls.Fingerprints);
        Assert.Equal([plain.ToUpperInvariant(), new string('0', 64)],
            (await ReadAsync($"\"tlsFingerprint\": [\"{colons}\", \"{new string('0', 64)}\"]")).Tls.Fingerprints);
    }

    [Fact]
    public async Task A_key_is_pinned_by_its_base64()
    {
        const string Pin = "pin-sha256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        Assert.Equal([Pin, new string('0', 64)], (await ReadAsync($"\"tlsFingerprint\": [\"{Pin}\", \"{new string('0', 64)}\"]")).Tls.Fingerprints);
    }

    [Fact]
    public async Task A_trust_file_is_found_beside_the_mailbox_file()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var root = new CertificateRequest("CN=root", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue);
        using var folder = new ConfigFolder();
        var pem = folder.Write("mailboxes/ca.pem", root.ExportCertificatePem());
        folder.Write("mailboxes/sales.json", ConfigFolder.Mailbox("\"tlsTrustFile\": \"ca.pem\""));
        Assert.Equal(pem, Assert.Single((await folder.ReadAsync()).Mailboxes).Tls.TrustFile);
    }

    [Fact]
    public async Task Without_a_schedule_every_is_enough() =>
        Assert.Equal(new MailboxSchedule(null, TimeSpan.FromMinutes(5), TimeZoneInfo.Utc), (await ReadAsync("\"every\": \"5m\"")).Schedule);

    [Fact]
    public async Task A_command_is_a_list_or_a_text_for_the_shell()
    {
        var list = await ReadAsync("\"passwordCommand\": [\"pass\", \"mail/sales\"]", "password");
        Assert.Equal(["pass", "mail/sales"], Assert.IsType<CommandSecret>(list.Password).Arguments);
        var text = await ReadAsync("\"passwordCommand\": \"pass mail/sales | head -n 1\"", "password");
        Assert.Equal(["/bin/sh", "-c", "pass mail/sales | head -n 1"], Assert.IsType<CommandSecret>(text.Password).Arguments);
    }
}
