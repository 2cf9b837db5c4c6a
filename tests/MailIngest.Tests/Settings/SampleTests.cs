using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using MailIngest.Mailboxes;
using MailIngest.Settings;
using Xunit;

namespace MailIngest.Tests.Settings;

/// <summary>The documented files in the repository are true: they are read without a word, and they name every key and no other.</summary>
public partial class SampleTests
{
    static string Repository([CallerFilePath] string here = "") => Path.GetFullPath("../../..", Path.GetDirectoryName(here)!);

    static string AppSettings => Path.Combine(Repository(), "appsettings.json");

    static string Samples => Path.Combine(Repository(), "deploy/mailboxes");

    // A key with its value in a line of its own, commented out or not.
    [GeneratedRegex(@"^ *(?<off>// )?""(?<key>\w+)"": (?<value>""[^""]*""|\[.*\]|[\w.]+|\{)", RegexOptions.Multiline)]
    private static partial Regex KeyLine();

    [Fact]
    public async Task The_samples_are_read_without_problem_or_warning()
    {
        var report = new ConfigReport();
        var mailboxes = await MailboxFiles.ReadAsync(Samples, report, Assert.Fail, TestContext.Current.CancellationToken);
        Assert.Empty(report.Problems);
        Assert.Empty(report.Warnings);
        Assert.Equal(["minimal", "sales"], mailboxes.Select(mailbox => mailbox.Id));
    }

    [Fact]
    public async Task The_full_sample_names_every_key_of_a_mailbox_and_no_other()
    {
        var sample = Path.Combine(Samples, "sales.json");
        Assert.Equal(await KeysAsync(sample, reader => MailboxFile.Bind(reader)),
            Named(await File.ReadAllTextAsync(sample, TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task The_full_sample_shows_the_defaults()
    {
        var report = new ConfigReport();
        var mailboxes = await MailboxFiles.ReadAsync(Samples, report, Assert.Fail, TestContext.Current.CancellationToken);
        var minimal = mailboxes[0];
        Assert.Equal(minimal with { Id = "sales", File = mailboxes[1].File, Revision = mailboxes[1].Revision,
            Username = mailboxes[1].Username, Password = mailboxes[1].Password, Tls = mailboxes[1].Tls },
            mailboxes[1]);
    }

    [Fact]
    public async Task Each_key_that_the_full_sample_comments_out_has_a_value_that_is_accepted()
    {
        var text = await File.ReadAllTextAsync(Path.Combine(Samples, "sales.json"), TestContext.Current.CancellationToken);
        string[] needsAFile = ["tlsTrustFile"];
        foreach (var line in KeyLine().Matches(text)
            .Where(line => line.Groups["off"].Success && !needsAFile.Contains(line.Groups["key"].Value)))
        {
            var key = line.Groups["key"].Value;
            var context = key switch
            {
                "oversize" => "\"maxMessageSize\": 1, ",
                "timeZone" => "\"schedule\": \"@daily\", ",
                "tlsKeyFile" => "\"tlsCertificateFile\": \"c.pem\", ",
                "oauthServiceAccountFile" => "\"auth\": \"oauth\", \"host\": \"pop.gmail.com\", ",
                ['o', 'a', 'u', 't', 'h', ..] => "\"auth\": \"oauth\", \"host\": \"outlook.office365.com\", ",
                _ => "",
            };
            var report = new ConfigReport();
            var json = $"{{ {context}\"{key}\": {line.Groups["value"].Value} }}";
            MailboxFile.Bind(new(ConfigDocument.Parse("sales.json", System.Text.Encoding.UTF8.GetBytes(json), report)!, report));
            Assert.DoesNotContain(report.Problems, problem => problem.Key == key);
        }
    }

    [Fact]
    public async Task The_default_settings_are_read_without_problem_or_warning_and_say_the_defaults()
    {
        var report = new ConfigReport();
        var document = await ConfigDocument.ReadAsync(AppSettings, report, TestContext.Current.CancellationToken);
        var settings = SettingsFile.Bind(new(document!, report));
        Assert.Empty(report.Problems);
        Assert.Empty(report.Warnings);
        Assert.Equal(
            new WorkerSettings
            {
                File = AppSettings,
                MailboxFolder = Path.Combine(Repository(), "mailboxes"),
                Blobs = new FileBlobSettings(Path.Combine(Repository(), "data/blobs")),
                Ledger = new(Path.Combine(Repository(), "data/ledger.db")),
            },
            settings);
    }

    [Fact]
    public async Task The_default_settings_name_every_key_and_no_other()
    {
        var text = await File.ReadAllTextAsync(AppSettings, TestContext.Current.CancellationToken);
        Assert.Equal(await KeysAsync(AppSettings, reader => SettingsFile.Bind(reader)), Named(text));
    }

    static async Task<string[]> KeysAsync(string file, Action<ConfigReader> bind)
    {
        var report = new ConfigReport();
        var reader = new ConfigReader((await ConfigDocument.ReadAsync(file, report, TestContext.Current.CancellationToken))!, report);
        bind(reader);
        return [.. reader.KnownKeys.Order(StringComparer.Ordinal)];
    }

    // Dotted where they stand in a section: a line that ends in { opens one, and its keys are indented deeper.
    static string[] Named(string text)
    {
        var section = "";
        var named = new SortedSet<string>(StringComparer.Ordinal);
        foreach (Match line in KeyLine().Matches(text))
        {
            var key = line.Groups["key"].Value;
            var nested = line.Value.StartsWith("    ", StringComparison.Ordinal);
            named.Add(nested ? section + key : key);
            if (line.Groups["value"].Value == "{") section = $"{key}.";
        }
        return [.. named];
    }
}
