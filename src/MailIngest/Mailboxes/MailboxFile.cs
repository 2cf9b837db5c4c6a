using MailIngest.Pop3;
using MailIngest.Settings;

namespace MailIngest.Mailboxes;

/// <summary>Reads one mailbox file into a <see cref="Mailbox"/>. Problems go to the report; what is refused reads as its default.</summary>
public static class MailboxFile
{
    static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    // What other fetchers call our keys.
    static readonly Dictionary<string, string> OtherNames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["name"] = "id", ["server"] = "host", ["hostname"] = "host", ["service"] = "port", ["user"] = "username", ["login"] = "username",
        ["ssl"] = "tls", ["starttls"] = "tls", ["security"] = "tls", ["mechanism"] = "auth",
        ["pass"] = "password", ["passwordeval"] = "passwordCommand",
        ["keep"] = "delete", ["nokeep"] = "delete", ["interval"] = "every", ["delay"] = "every", ["cron"] = "schedule",
        ["limit"] = "maxMessageSize", ["maxSize"] = "maxMessageSize", ["fetchlimit"] = "maxMessagesPerSession", ["expunge"] = "commitEvery",
        ["sslfingerprint"] = "tlsFingerprint", ["fingerprint"] = "tlsFingerprint", ["caFile"] = "tlsTrustFile",
        ["sslcert"] = "tlsCertificateFile", ["tlsCertFile"] = "tlsCertificateFile", ["sslkey"] = "tlsKeyFile", ["disabled"] = "enabled",
    };

    /// <summary>Every key with its check, from top to bottom.</summary>
    public static Mailbox Bind(ConfigReader reader)
    {
        var id = Id(reader);
        var enabled = reader.Flag("enabled", true);
        var server = MailboxServer.Bind(reader);
        var tls = MailboxServer.BindTls(reader, server.Tls, id);
        var username = reader.RequiredText("username", "write for example \"username\": \"sales@example.org\"");
        var (mechanism, password, oauth) = MailboxSignIn.Bind(reader, id, username, server, tls.Certificate);
        WarnOfPlaintext(reader, server, id);

        var mailbox = new Mailbox
        {
            Id = id,
            File = reader.Document.File,
            Revision = reader.Document.Revision,
            Enabled = enabled,
            Server = server,
            Tls = tls,
            Username = username,
            Mechanism = mechanism,
            Password = password,
            OAuth = oauth,
            ConnectTimeout = reader.Duration("connectTimeout", Second * 30, Second, TimeSpan.FromMinutes(10)),
            Timeout = reader.Duration("timeout", Second * 60, Second, TimeSpan.FromHours(1)),
            SessionTimeout = reader.Duration("sessionTimeout", TimeSpan.FromHours(1), Second * 10, TimeSpan.FromDays(7)),
            Pipelining = reader.Choice("pipelining", Pipelining.Auto,
                ("auto", Pipelining.Auto), ("on", Pipelining.On), ("off", Pipelining.Off)),
            Schedule = MailboxTimes.Bind(reader),
            Greedy = reader.Flag("greedy", false),
            SignInAttempts = reader.Count("signInAttempts", fallback: 3, 1, 100),
            Delete = reader.Flag("delete", true),
            DeleteAfter = reader.Duration("deleteAfter", TimeSpan.Zero, TimeSpan.FromDays(3650)),
            MaxMessageOctets = reader.Size("maxMessageSize", fallback: 0, min: 0),
            Oversize = reader.Choice("oversize", Oversize.Skip, ("skip", Oversize.Skip), ("quarantine", Oversize.Quarantine)),
            MaxMessagesPerSession = reader.Count("maxMessagesPerSession", fallback: 0, 0, int.MaxValue),
            MaxOctetsPerSession = reader.Size("maxBytesPerSession", fallback: 0, min: 0),
            CommitEvery = reader.Count("commitEvery", fallback: 50_000, 0, int.MaxValue),
            MaxAttempts = reader.Count("maxAttempts", fallback: 5, 1, 1000),
            Sizes = reader.Choice("sizes", SizeTrust.Exact,
                ("exact", SizeTrust.Exact), ("inexact", SizeTrust.Inexact)),
        };
        RefuseContradictions(reader, mailbox);
        reader.RefuseUnknownKeys(OtherNames);
        return mailbox;
    }

    // The id becomes part of paths, blob names and ledger rows, so it is spelt in the safest letters.
    static string Id(ConfigReader reader)
    {
        var name = Path.GetFileNameWithoutExtension(reader.Document.File);
        var id = reader.Text("id") ?? name;
        if (IsId(id)) return id;

        const string Rule = "1 to 64 of a-z, 0-9, dot, hyphen and underscore, with a letter or digit first and last";
        reader.Problem("id", reader.Has("id")
            ? $"is {ConfigWords.Quote(id)}; write {Rule}"
            : $"is taken from the file's name and would be {ConfigWords.Quote(id)}; rename the file or add an id of {Rule}");
        return ConfigWords.Plain(id);
    }

    static bool IsId(string id) =>
        id.Length is >= 1 and <= 64 && IsPlain(id[0]) && IsPlain(id[^1])
        && id.All(letter => IsPlain(letter) || letter is '.' or '-' or '_');

    static bool IsPlain(char letter) => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter);

    static void WarnOfPlaintext(ConfigReader reader, Pop3Endpoint server, string id)
    {
        var allowed = reader.Flag("allowPlaintextPassword", false);
        if (server.Tls != TlsMode.None || server.Host.Length == 0 || MailboxServer.IsLoopback(server.Host)) return;

        if (allowed)
            reader.Warn("tls", $"is none: the password and all mail of {id} cross the network to {server.Host} "
                + "readable by anyone on the way");
        else
            reader.Problem("tls", "is none, so anyone on the way could read the password; "
                + "write implicit or stls, or accept it with \"allowPlaintextPassword\": true");
    }

    static void RefuseContradictions(ConfigReader reader, Mailbox mailbox)
    {
        reader.Rule(ConfigRuleKind.FirstNeedsSecond, "oversize", "maxMessageSize");
        if (mailbox.DeleteAfter is not null && !mailbox.Delete)
            reader.Problem("deleteAfter", "contradicts \"delete\": false; remove one of them");
        if (reader.Has("oversize") && mailbox.MaxMessageOctets == 0)
            reader.Problem("oversize", "needs a limit to act on; add for example \"maxMessageSize\": \"50MB\" or remove oversize");
        if (mailbox.SessionTimeout < mailbox.Timeout)
            reader.Problem(reader.Has("sessionTimeout") ? "sessionTimeout" : "timeout",
                $"makes the whole session ({ConfigDuration.Format(mailbox.SessionTimeout)}) shorter than one wait in it "
                + $"({ConfigDuration.Format(mailbox.Timeout)}); raise sessionTimeout or lower timeout");
    }
}
