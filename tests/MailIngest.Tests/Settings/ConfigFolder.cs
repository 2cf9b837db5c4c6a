using MailIngest.Mailboxes;
using MailIngest.Settings;
using Xunit;

namespace MailIngest.Tests.Settings;

/// <summary>A folder of its own with an appsettings.json and mailbox files, gone after the test.</summary>
sealed class ConfigFolder : IDisposable
{
    public const string GoodSettings = """
        {
          "blobs": { "store": "file", "folder": "blobs" },
          "ledger": { "file": "ledger.db" },
        }
        """;

    // A mailbox needs these; a test's own line takes the place of the one with its key.
    static readonly (string Key, string Line)[] Needed =
    [
        ("host", "\"host\": \"pop.example.org\""),
        ("username", "\"username\": \"sales@example.org\""),
        ("password", "\"passwordFile\": \"/run/secrets/sales\""),
    ];

    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("mailingest-config-");

    public string Path => folder.FullName;

    /// <summary>A good mailbox file whose second line is <paramref name="line"/>; <paramref name="without"/> leaves needed keys out.</summary>
    public static string Mailbox(string line, params string[] without)
    {
        var rest = Needed.Where(needed => !without.Contains(needed.Key)).Select(needed => needed.Line);
        return string.Join('\n', ["{", line.Length == 0 ? "" : $"{line},", .. rest.Select(each => $"{each},"), "}"]);
    }

    public string Write(string name, string text)
    {
        var path = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    public async Task<Configuration> ReadAsync()
    {
        if (!File.Exists(System.IO.Path.Combine(Path, "appsettings.json"))) Write("appsettings.json", GoodSettings);
        return await Configuration.ReadAsync(System.IO.Path.Combine(Path, "appsettings.json"), TestContext.Current.CancellationToken);
    }

    /// <summary>The problems as an operator reads them, without this folder's own path.</summary>
    public async Task<string[]> ProblemsAsync() =>
        Shown((await Assert.ThrowsAsync<ConfigurationException>(ReadAsync)).Problems);

    public async Task<string[]> WarningsAsync() => Shown((await ReadAsync()).Warnings);

    string[] Shown(IEnumerable<ConfigProblem> problems) =>
        [.. problems.Select(problem => problem.ToString().Replace(Path + "/", "", StringComparison.Ordinal))];

    public void Dispose() => folder.Delete(recursive: true);
}
