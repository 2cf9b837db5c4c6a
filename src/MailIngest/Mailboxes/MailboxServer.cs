using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MailIngest.Pop3;
using MailIngest.Settings;

namespace MailIngest.Mailboxes;

/// <summary>Reads the keys of a mailbox file that say where the server is and how it proves its identity.</summary>
static class MailboxServer
{
    const int ImplicitPort = 995;
    const int PlainPort = 110;
    const string CertificateFile = ClientCertificate.Stem + "File";
    const string KeyFile = "tlsKeyFile";

    /// <summary>host, port and tls. The default port follows tls: 995 for implicit, 110 otherwise.</summary>
    public static Pop3Endpoint Bind(ConfigReader reader)
    {
        var host = Host(reader);
        var tls = reader.Choice("tls", TlsMode.Implicit,
            ("implicit", TlsMode.Implicit), ("stls", TlsMode.Stls), ("starttls", TlsMode.Stls), ("none", TlsMode.None));
        var port = reader.Count("port", tls == TlsMode.Implicit ? ImplicitPort : PlainPort, 1, 65535);
        if (tls == TlsMode.Implicit && port == PlainPort)
            reader.Warn("port", "is 110, where servers expect \"tls\": \"stls\"; implicit TLS is usually on 995");
        if (tls != TlsMode.Implicit && port == ImplicitPort)
            reader.Warn("port", "is 995, where servers expect \"tls\": \"implicit\"; stls is usually on 110");
        return new(host, port, tls);
    }

    /// <summary>The keys that begin with tls.</summary>
    public static MailboxTls BindTls(ConfigReader reader, TlsMode mode, string id)
    {
        string[] keys = ["tlsFingerprint", "tlsHostOverride", "tlsTrustFile", "tlsRevocation", CertificateFile, KeyFile];
        var tls = new MailboxTls(Fingerprints(reader), Override(reader), reader.Path("tlsTrustFile"))
        {
            Revocation = reader.Choice("tlsRevocation", false, ("off", false), ("on", true)),
            Certificate = Certificate(reader, id),
        };
        if (tls.TrustFile is not null) RefuseUnreadableTrust(reader, tls.TrustFile);

        reader.RuleWhen("tls", "none", ConfigRuleKind.None, keys);
        foreach (var key in keys)
        {
            if (mode == TlsMode.None && reader.Has(key))
                reader.Problem(key, "has no effect with \"tls\": \"none\"; remove it, or write implicit or stls");
        }
        reader.Rule(ConfigRuleKind.NotTwo, "tlsFingerprint", "tlsTrustFile");
        if (reader.Has("tlsFingerprint") && reader.Has("tlsTrustFile"))
            reader.Problem("tlsTrustFile", "is never asked when tlsFingerprint is given; keep one of them");
        reader.RuleWhen("tlsRevocation", "on", ConfigRuleKind.None, "tlsFingerprint");
        if (tls.Revocation && reader.Has("tlsFingerprint"))
            reader.Problem("tlsRevocation", "asks an authority, and tlsFingerprint trusts none; keep one of them");
        return tls;
    }

    static ClientCertificate? Certificate(ConfigReader reader, string id)
    {
        var (certificate, key) = (reader.Path(CertificateFile), reader.Path(KeyFile));
        reader.Rule(ConfigRuleKind.FirstNeedsSecond, KeyFile, CertificateFile);
        if (reader.Has(KeyFile) && !reader.Has(CertificateFile))
            reader.Problem(KeyFile, $"needs the certificate that it is of; add {CertificateFile}, or remove it");
        return certificate is null ? null : new(new($"mailbox {id}", ClientCertificate.Stem, reader.Document.File), certificate, key);
    }

    public static bool IsLoopback(string host) =>
        host == "localhost" || host.EndsWith(".localhost", StringComparison.Ordinal)
        || IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address);

    static string Host(ConfigReader reader)
    {
        const string Example = "write for example \"host\": \"pop.example.org\"";
        var text = reader.RequiredText("host", Example);
        if (text.Length == 0) return "";
        if (Normalise(text) is { } host) return host;

        reader.Problem("host", text switch
        {
            _ when text.Contains("://", StringComparison.Ordinal) =>
                $"is {ConfigWords.Quote(text)}; write the bare name, the protocol is set by tls and port",
            _ when text.Split(':') is [var name, _] && Normalise(name) is not null =>
                $"is {ConfigWords.Quote(text)}; write the port as a key of its own",
            _ => $"is {ConfigWords.Quote(text)}, neither a host name nor an address; {Example}",
        });
        return "";
    }

    // One spelling for each host, so that two files for one mailbox are recognised: lower case, ASCII, no final dot, no brackets.
    static string? Normalise(string text)
    {
        var host = text is ['[', .. var inner, ']'] ? inner : text.EndsWith('.') ? text[..^1] : text;
        switch (Uri.CheckHostName(host))
        {
            case UriHostNameType.Dns: break;
            case UriHostNameType.IPv4 or UriHostNameType.IPv6 when IPAddress.TryParse(host, out var address): return address.ToString();
            default: return null;
        }
        try
        {
            return new IdnMapping { AllowUnassigned = true }.GetAscii(host).ToLowerInvariant();
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    static string? Override(ConfigReader reader)
    {
        if (reader.Text("tlsHostOverride") is not { } name) return null;
        if (Normalise(name) is { } host) return host;
        reader.Problem("tlsHostOverride", $"is {ConfigWords.Quote(name)}; write the host name that the certificate carries");
        return null;
    }

    static List<string> Fingerprints(ConfigReader reader)
    {
        var fingerprints = new List<string>();
        foreach (var text in reader.Texts("tlsFingerprint", "a fingerprint or a list of fingerprints"))
        {
            if (text.StartsWith(Pop3Tls.KeyPin, StringComparison.Ordinal))
            {
                if (IsKeyPin(text)) fingerprints.Add(text);
                else reader.Problem("tlsFingerprint", $"is {ConfigWords.Quote(text)}; "
                    + $"write {Pop3Tls.KeyPin} and the base64 of a public key's SHA-256, 44 characters that end in =");
                continue;
            }
            var digits = text.Replace(":", "", StringComparison.Ordinal).ToUpperInvariant();
            if (digits.Length == 64 && digits.All(char.IsAsciiHexDigit)) fingerprints.Add(digits);
            else reader.Problem("tlsFingerprint", Complaint(text, digits.Length));
        }
        return fingerprints;
    }

    static bool IsKeyPin(string text)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        var base64 = text[Pop3Tls.KeyPin.Length..];
        return Convert.TryFromBase64String(base64, digest, out var octets) && octets == digest.Length
            && Convert.ToBase64String(digest) == base64; // one spelling: it is compared as text
    }

    static string Complaint(string text, int digits) => digits switch
    {
        32 or 40 => $"is {ConfigWords.Quote(text)}, an MD5 or SHA-1 fingerprint; "
            + "write the SHA-256 one: openssl x509 -noout -fingerprint -sha256",
        _ => $"is {ConfigWords.Quote(text)}; write the SHA-256 fingerprint, 32 pairs of hexadecimal digits like \"AB:12:…\"",
    };

    static void RefuseUnreadableTrust(ConfigReader reader, string file)
    {
        try
        {
            var roots = new X509Certificate2Collection();
            roots.ImportFromPemFile(file);
            if (roots.Count == 0)
                reader.Problem("tlsTrustFile", $"names {ConfigWords.Path(file)}, which holds no certificate; "
                    + "write it in PEM form (-----BEGIN CERTIFICATE-----)");
            foreach (var root in roots) root.Dispose();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            reader.Problem("tlsTrustFile", $"names {ConfigWords.Path(file)}, which does not exist; create it or correct the path");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            reader.Problem("tlsTrustFile", $"names {ConfigWords.Path(file)}, which cannot be read: {ConfigWords.Plain(e.Message)}");
        }
    }
}
