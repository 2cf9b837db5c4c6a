using MailIngest.Tests.Settings;
using Xunit;

namespace MailIngest.Tests.Mailboxes;

/// <summary>Each way to write a mailbox file wrong, and the exact sentence it earns.</summary>
public class MailboxSentenceTests
{
    const string Id = "1 to 64 of a-z, 0-9, dot, hyphen and underscore, with a letter or digit first and last";
    const string Duration = "write a duration like \"30s\", \"5m\", \"1h30m\" or \"7d\"";
    const string KeyPin = "write pin-sha256: and the base64 of a public key's SHA-256, 44 characters that end in =";
    const string Size = "write a size like \"10MB\", \"64KiB\" or a number of octets";

    [Theory]
    // id, enabled
    [InlineData("\"id\": \"Sales\"", "id is \"Sales\"; write " + Id)]
    [InlineData("\"id\": \"../sales\"", "id is \"../sales\"; write " + Id)]
    [InlineData("\"id\": \".sales\"", "id is \".sales\"; write " + Id)]
    [InlineData("\"id\": 7", "id must be text in double quotes, not a number")]
    [InlineData("\"enabled\": \"yes\"", "enabled must be true or false without quotes, not text")]
    // host, port, tls
    [InlineData("\"host\": \"\"", "host is empty; write a value or remove the key", "host")]
    [InlineData("\"host\": \"pop3s://pop.example.org\"", "host is \"pop3s://pop.example.org\"; write the bare name, the protocol is set by tls and port", "host")]
    [InlineData("\"host\": \"pop.example.org:995\"", "host is \"pop.example.org:995\"; write the port as a key of its own", "host")]
    [InlineData("\"host\": \"pop example\"", "host is \"pop example\", neither a host name nor an address; write for example \"host\": \"pop.example.org\"", "host")]
    [InlineData("\"port\": \"995\"", "port must be a whole number without quotes from 1 to 65535, not text")]
    [InlineData("\"port\": 0", "port is 0; write a number from 1 to 65535")]
    [InlineData("\"port\": 70000", "port is 70000; write a number from 1 to 65535")]
    [InlineData("\"port\": 99.5", "port must be a whole number without quotes from 1 to 65535, not a fraction or a huge number")]
    [InlineData("\"tls\": \"ssl\"", "tls is \"ssl\"; write implicit, stls, starttls or none")]
    [InlineData("\"tls\": 1", "tls must be text in double quotes, not a number")]
    [InlineData("\"tls\": \"none\"", "tls is none, so anyone on the way could read the password; write implicit or stls, or accept it with \"allowPlaintextPassword\": true")]
    [InlineData("\"allowPlaintextPassword\": null", "allowPlaintextPassword is null; write a value or remove the key")]
    [InlineData("\"tlsFingerprint\": \"AB:CD\"", "tlsFingerprint is \"AB:CD\"; write the SHA-256 fingerprint, 32 pairs of hexadecimal digits like \"AB:12:…\"")]
    [InlineData("\"tlsFingerprint\": \"da39a3ee5e6b4b0d3255bfef95601890afd80709\"", "tlsFingerprint is \"da39a3ee5e6b4b0d3255bfef95601890afd80709\", an MD5 or SHA-1 fingerprint; write the SHA-256 one: openssl x509 -noout -fingerprint -sha256")]
    [InlineData("\"tlsFingerprint\": []", "tlsFingerprint must be a fingerprint or a list of fingerprints, none of them empty")]
    [InlineData("\"tlsFingerprint\": true", "tlsFingerprint must be a fingerprint or a list of fingerprints, not true")]
    [InlineData("\"tlsHostOverride\": \"a b\"", "tlsHostOverride is \"a b\"; write the host name that the certificate carries")]
    [InlineData("\"tlsTrustFile\": \"/no/such/ca.pem\"", "tlsTrustFile names /no/such/ca.pem, which does not exist; create it or correct the path")]
    [InlineData("\"tlsTrustFile\": \"~/ca.pem\"", "tlsTrustFile starts with ~, which only a shell expands; write the whole path")]
    [InlineData("\"tlsFingerprint\": \"pin-sha256:AAAA\"", "tlsFingerprint is \"pin-sha256:AAAA\"; " + KeyPin)]
    [InlineData("\"tlsFingerprint\": \"pin-sha256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=\"", "tlsFingerprint is \"pin-sha256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=\"; " + KeyPin)]
    [InlineData("\"tlsRevocation\": \"soft\"", "tlsRevocation is \"soft\"; write off or on")]
    [InlineData("\"tlsRevocation\": \"on\", \"tlsFingerprint\": \"pin-sha256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\"", "tlsRevocation asks an authority, and tlsFingerprint trusts none; keep one of them")]
    [InlineData("\"tlsKeyFile\": \"/k.pem\"", "tlsKeyFile needs the certificate that it is of; add tlsCertificateFile, or remove it")]
    // sign-in
    [InlineData("\"auth\": \"external\"", "auth is external, which signs in with a certificate; add for example \"tlsCertificateFile\": \"/run/secrets/sales.pem\"", "password")]
    [InlineData("\"auth\": \"external\", \"tlsCertificateFile\": \"/c.pem\", \"passwordEnv\": \"P\"", "passwordEnv has no effect with \"auth\": \"external\", where the certificate signs in; remove it", "password")]
    [InlineData("\"username\": 4711", "username must be text in double quotes, not a number", "username")]
    [InlineData("\"username\": \"sales\\r\\nQUIT\"", "username holds a control character; remove it", "username")]
    [InlineData("\"auth\": \"scram\"", "auth is \"scram\"; write auto, userpass, plain, scram-sha-1, scram-sha-256, cram-md5, apop, external, oauth, oauthbearer or xoauth2")]
    [InlineData("\"password\": 12345", "password must be text in double quotes, not a number", "password")]
    [InlineData("\"passwordFile\": [\"/a\"]", "passwordFile must be text in double quotes, not a list", "password")]
    [InlineData("\"passwordCommand\": []", "passwordCommand must be a list of program and arguments, or one text for /bin/sh, none of them empty", "password")]
    [InlineData("\"passwordCommand\": {}", "passwordCommand must be a list of program and arguments, or one text for /bin/sh, not an object", "password")]
    [InlineData("\"passwordEnv\": \"$SALES\"", "passwordEnv starts with $; write the variable's bare name", "password")]
    [InlineData("\"passwordEnv\": \"SALES=secret\"", "passwordEnv contains =; write the variable's bare name", "password")]
    // durations
    [InlineData("\"connectTimeout\": 30", "connectTimeout is 30 without a unit; " + Duration)]
    [InlineData("\"connectTimeout\": \"0s\"", "connectTimeout is \"0s\"; write a duration from 1s to 10m")]
    [InlineData("\"timeout\": \"5 minutes\"", "timeout is \"5 minutes\"; " + Duration)]
    [InlineData("\"timeout\": \"2h\"", "timeout is \"2h\"; write a duration from 1s to 1h")]
    [InlineData("\"timeout\": false", "timeout must be a duration like \"30s\", \"5m\", \"1h30m\" or \"7d\", not false")]
    [InlineData("\"sessionTimeout\": \"30s\"", "sessionTimeout makes the whole session (30s) shorter than one wait in it (1m); raise sessionTimeout or lower timeout")]
    [InlineData("\"sessionTimeout\": \"8d\"", "sessionTimeout is \"8d\"; write a duration from 10s to 7d")]
    [InlineData("\"pipelining\": true", "pipelining must be text in double quotes, not true")]
    [InlineData("\"pipelining\": \"yes\"", "pipelining is \"yes\"; write auto, on or off")]
    // when
    [InlineData("\"schedule\": \"hourly\"", "schedule is \"hourly\": write five fields (minute, hour, day of month, month, day of week) like \"*/15 * * * *\", or @hourly or @daily")]
    [InlineData("\"schedule\": \"60 * * * *\"", "schedule is \"60 * * * *\": \"60\" is not a minute; write 0 to 59, *, lists (1,2), ranges (1-5) or steps (*/5)")]
    [InlineData("\"schedule\": \"0 0 30 2 *\"", "schedule is \"0 0 30 2 *\": that day does not exist in that month, so it would never poll")]
    [InlineData("\"every\": \"0s\"", "every is \"0s\"; write a duration from 1s to 31d")]
    [InlineData("\"timeZone\": \"UTC\"", "timeZone has no effect without schedule; remove it or add a schedule")]
    [InlineData("\"schedule\": \"@daily\", \"timeZone\": \"Europe/Bern\"", "timeZone is \"Europe/Bern\", which this machine does not know; write a name like \"Europe/Zurich\" (and install tzdata if it is missing)")]
    [InlineData("\"schedule\": \"@daily\", \"every\": \"5m\"", "every is given besides schedule; keep one of them")]
    // deletion, limits
    [InlineData("\"delete\": \"no\"", "delete must be true or false without quotes, not text")]
    [InlineData("\"delete\": false, \"deleteAfter\": \"7d\"", "deleteAfter contradicts \"delete\": false; remove one of them")]
    [InlineData("\"deleteAfter\": 7", "deleteAfter is 7 without a unit; " + Duration)]
    [InlineData("\"maxMessageSize\": \"50M\"", "maxMessageSize is \"50M\"; " + Size)]
    [InlineData("\"maxMessageSize\": -1", "maxMessageSize is -1; write at least 0B")]
    [InlineData("\"maxMessageSize\": {}", "maxMessageSize must be a size like \"10MB\", \"64KiB\" or a number of octets, not an object")]
    [InlineData("\"oversize\": \"skip\"", "oversize needs a limit to act on; add for example \"maxMessageSize\": \"50MB\" or remove oversize")]
    [InlineData("\"maxMessageSize\": \"1MB\", \"oversize\": \"delete\"", "oversize is \"delete\"; write skip or quarantine")]
    [InlineData("\"maxMessagesPerSession\": -5", "maxMessagesPerSession is -5; write a number from 0 to 2147483647")]
    [InlineData("\"maxBytesPerSession\": \"lots\"", "maxBytesPerSession is \"lots\"; " + Size)]
    [InlineData("\"commitEvery\": \"5m\"", "commitEvery must be a whole number without quotes from 0 to 2147483647, not text")]
    [InlineData("\"maxAttempts\": 0", "maxAttempts is 0; write a number from 1 to 1000")]
    [InlineData("\"sizes\": \"wrong\"", "sizes is \"wrong\"; write exact or inexact")]
    // unknown keys
    [InlineData("\"timout\": \"5m\"", "timout is not a setting; did you mean timeout?")]
    [InlineData("\"Port\": 995", "Port is not a setting; did you mean port?")]
    [InlineData("\"keep\": true", "keep is not a setting; did you mean delete?")]
    [InlineData("\"user\": \"sales\"", "user is not a setting; did you mean username?")]
    [InlineData("\"passwortFile\": \"/x\"", "passwortFile is not a setting; did you mean passwordFile?")]
    public async Task A_wrong_line_earns_exactly_this_sentence(string line, string sentence, params string[] without)
    {
        using var folder = new ConfigFolder();
        folder.Write("mailboxes/sales.json", ConfigFolder.Mailbox(line, without));
        Assert.Equal([$"mailboxes/sales.json:2: {sentence}"], await folder.ProblemsAsync());
    }

    [Theory]
    [InlineData("host", "host is missing; write for example \"host\": \"pop.example.org\"")]
    [InlineData("username", "username is missing; write for example \"username\": \"sales@example.org\"")]
    [InlineData("password", "password is missing; write for example \"passwordFile\": \"/run/secrets/sales\" (or passwordCommand or passwordEnv)")]
    public async Task A_missing_key_is_named_with_an_example(string key, string sentence)
    {
        using var folder = new ConfigFolder();
        folder.Write("mailboxes/sales.json", ConfigFolder.Mailbox("", key));
        Assert.Equal([$"mailboxes/sales.json:1: {sentence}"], await folder.ProblemsAsync());
    }

    [Theory]
    [InlineData("\"id\": \"\u202e\"")]
    [InlineData("\"schedule\": \"\u202e * * * *\"")]
    [InlineData("\"tlsTrustFile\": \"/\u202e.pem\"")]
    [InlineData("\"tlsTrustFile\": \"/proc/\u202e\"")]
    public async Task No_sentence_turns_the_line_around(string line)
    {
        using var folder = new ConfigFolder();
        folder.Write("mailboxes/sales.json", ConfigFolder.Mailbox(line, "password"));
        var problems = await folder.ProblemsAsync();
        Assert.Contains(problems, problem => problem.Contains('\uFFFD'));
        Assert.DoesNotContain(problems, problem => problem.Contains('\u202e'));
    }

    [Fact]
    public async Task A_key_like_no_other_is_answered_with_the_list_of_settings()
    {
        using var folder = new ConfigFolder();
        folder.Write("mailboxes/sales.json", ConfigFolder.Mailbox("\"colour\": \"red\""));
        var problem = Assert.Single(await folder.ProblemsAsync());
        Assert.StartsWith("mailboxes/sales.json:2: colour is not a setting; the settings here are id, enabled, host, ", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_name_that_cannot_be_an_id_asks_for_one()
    {
        using var folder = new ConfigFolder();
        folder.Write("mailboxes/Sales Team.json", ConfigFolder.Mailbox(""));
        Assert.Equal(["mailboxes/Sales Team.json:1: id is taken from the file's name and would be \"Sales Team\"; rename the file or add an id of " + Id],
            await folder.ProblemsAsync());
    }

    [Fact]
    public async Task Two_sources_of_the_password_are_refused_at_the_second()
    {
        using var folder = new ConfigFolder();
        folder.Write("mailboxes/sales.json", ConfigFolder.Mailbox("\"passwordEnv\": \"SALES\""));
        Assert.Equal(["mailboxes/sales.json:2: passwordEnv is given besides passwordFile; keep one of them"], await folder.ProblemsAsync());
    }

    [Fact]
    public async Task Tls_keys_without_tls_are_refused()
    {
        using var folder = new ConfigFolder();
        folder.Write("mailboxes/sales.json", ConfigFolder.Mailbox("\"tls\": \"none\", \"tlsHostOverride\": \"mail.example.org\",\n\"host\": \"localhost\"", "host"));
        Assert.Equal(["mailboxes/sales.json:2: tlsHostOverride has no effect with \"tls\": \"none\"; remove it, or write implicit or stls"],
            await folder.ProblemsAsync());
    }

    [Fact]
    public async Task A_trust_file_without_certificates_is_refused_and_so_is_one_beside_a_fingerprint()
    {
        using var folder = new ConfigFolder();
        folder.Write("mailboxes/ca.pem", "not a certificate");
        folder.Write("mailboxes/sales.json", ConfigFolder.Mailbox($"\"tlsTrustFile\": \"ca.pem\", \"tlsFingerprint\": \"{new string('a', 64)}\""));
        Assert.Equal(
            [
                "mailboxes/sales.json:2: tlsTrustFile names mailboxes/ca.pem, which holds no certificate; write it in PEM form (-----BEGIN CERTIFICATE-----)",
                "mailboxes/sales.json:2: tlsTrustFile is never asked when tlsFingerprint is given; keep one of them",
            ],
            await folder.ProblemsAsync());
    }
}
