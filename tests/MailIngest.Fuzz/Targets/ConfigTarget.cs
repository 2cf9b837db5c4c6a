using System.Text;
using System.Text.RegularExpressions;
using MailIngest.Fuzz.Driver;
using MailIngest.Fuzz.Streams;
using MailIngest.Mailboxes;
using MailIngest.Settings;

namespace MailIngest.Fuzz.Targets;

/// <summary>
/// A mailbox file or appsettings.json: settings or problems, each at a place in the text, in one plain line, without a secret.
/// </summary>
sealed partial class ConfigTarget : Target
{
    const string Secret = "Hunter2-Token";

    public override string Name => "config";

    public override int MaxInput => 1024;

    public override IReadOnlyList<byte[]> Dictionary { get; } = Words(
    [
        .. Keys().Select(key => $"\"{key}\":"), $"\"password\":\"{Secret}\"", $"\"{Secret}\"", Secret, "{}", "[]", ",", ":", "null", "true",
        "false", "1", "-1", "1e9", "99999999999999999999",
        "//x\n", "/*x*/", "\\u0000", "\\ud800", "\\u202e", "\u00E2\u0080\u00AE", "\u00EF\u00BB\u00BF", "\u00ED\u00A0\u0080", "\"implicit\"",
        "\"stls\"", "\"none\"", "\"30s\"", "\"9999999d\"", "\"1h30m\"", "\"10MB\"",
        "\"9223372036854775807B\"", "\"*/15 * * * *\"", "\"0 0 31 2 *\"", "\"@daily\"", "\"Europe/Zurich\"", "\"../../x\"", "\"~/x\"",
        "\"azure\"", "\"file\"", "\"https://a.blob.core.windows.net\"", "\"https://u:p@a?sig=x\"",
        "\"127.0.0.1:8110\"", "\"[::]:1\"", "\"pop.example.org\"", "\"xn--\"", "\"a:b\"", "\"AB:12\"", "\"apop\"", new string('[', 70),
        new string('k', 100),
    ]);

    /// <summary>
    /// The tree, 90 keys with their shapes and rules; a problem for a key of four octets ("a":), which may list all known keys.
    /// </summary>
    public override long AllocationLimit(int inputOctets) => 256 * 1024 + 1024L * inputOctets;

    public override void Run(ReadOnlySpan<byte> input)
    {
        var choices = new Choices(input);
        var kind = choices.Octet();
        var text = choices.Rest;
        var report = new ConfigReport();
        var document = ConfigDocument.Parse("conf/sales.json", text, report, readableByOthers: (kind & 2) != 0);
        Oracle.Holds(document is not null || report.Problems.Count > 0, "a file that cannot be read has no problem");
        if (document is not null)
        {
            var reader = new ConfigReader(document, report);
            if ((kind & 1) == 0) Sound(MailboxFile.Bind(reader), report);
            else SettingsFile.Bind(reader);
        }

        var lines = text.Count((byte)'\n') + 1;
        var hidesSecret = HidesSecret(text);
        foreach (var problem in report.Problems.Concat(report.Warnings))
        {
            Oracle.Holds(problem.Line >= 1 && problem.Line <= lines, $"line {problem.Line} of {lines}");
            Oracle.Holds(problem.Column >= 0 && problem.Column <= text.Length + 1, $"column {problem.Column} of {text.Length}");
            var sentence = problem.ToString();
            Plain(sentence);
            Oracle.Holds(sentence.Length <= 2000, "a sentence is longer than anybody reads");
            Oracle.Holds(!hidesSecret || !sentence.Contains(Secret, StringComparison.OrdinalIgnoreCase), "a sentence shows the secret");
        }
    }

    /// <summary>What passes without a problem is within the bounds that the rest of the worker builds on.</summary>
    static void Sound(Mailbox mailbox, ConfigReport report)
    {
        if (report.Problems.Count > 0) return;
        Oracle.Holds(Id().IsMatch(mailbox.Id), "an id that is not safe in a path");
        Oracle.Holds(mailbox.Server.Host.Length > 0 && mailbox.Server.Port is > 0 and < 65536, "a server that nobody can connect to");
        Oracle.Holds(Uri.CheckHostName(mailbox.Server.Host) != UriHostNameType.Unknown, "a host that is none");
        Oracle.Holds(mailbox.Timeout > TimeSpan.Zero && mailbox.SessionTimeout >= mailbox.Timeout
            && mailbox.ConnectTimeout > TimeSpan.Zero, "a time-out of nothing");
        Oracle.Holds(mailbox.MaxMessageOctets >= 0 && mailbox.MaxOctetsPerSession >= 0, "a negative size");
    }

    static void Plain(string sentence)
    {
        foreach (var character in sentence)
            Oracle.Holds(!char.IsControl(character) && character is not ((>= '\u2028' and <= '\u202E') or (>= '\u2066' and <= '\u2069')),
                "a control character or a direction mark in a sentence");
    }

    /// <summary>The token stands in the file, and only where a secret is expected.</summary>
    static bool HidesSecret(ReadOnlySpan<byte> text)
    {
        var file = Encoding.Latin1.GetString(text);
        var places = Anywhere().Count(file);
        return places > 0 && places == InPlace().Count(file);
    }

    [GeneratedRegex("\"(?:password|connectionString|sasUri)\"\\s*:\\s*\"Hunter2-Token\"")]
    private static partial Regex InPlace();

    [GeneratedRegex("Hunter2-Token", RegexOptions.IgnoreCase)]
    private static partial Regex Anywhere();

    [GeneratedRegex(@"\A[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?\z")]
    private static partial Regex Id();

    static IEnumerable<string> Keys()
    {
        var report = new ConfigReport();
        foreach (var bind in new Action<ConfigReader>[] { reader => MailboxFile.Bind(reader), reader => SettingsFile.Bind(reader) })
        {
            var reader = new ConfigReader(ConfigDocument.Parse("conf/x.json", "{}"u8, report)!, report);
            bind(reader);
            foreach (var key in reader.KnownKeys) yield return key.Split('.')[^1];
        }
    }
}
