using MailIngest.Settings;

namespace MailIngest.Mailboxes;

/// <summary>The whole configuration: appsettings.json and every mailbox file, read together or refused together.</summary>
public sealed record Configuration(WorkerSettings Settings, IReadOnlyList<Mailbox> Mailboxes, IReadOnlyList<ConfigProblem> Warnings)
{
    /// <summary>Which version of the settings file this is (<see cref="ConfigDocument.Revision"/>).</summary>
    public string Revision { get; init; } = "";

    /// <summary>Reads the settings file and every mailbox file that it leads to. Secrets are not read yet.</summary>
    /// <exception cref="ConfigurationException">Anything is wrong; it holds all problems of all files.</exception>
    public static async Task<Configuration> ReadAsync(string settingsFile, CancellationToken stop)
    {
        var report = new ConfigReport();
        if (await ConfigDocument.ReadAsync(settingsFile, report, stop) is not { } document)
            throw new ConfigurationException(report.Problems, report.Warnings);

        var reader = new ConfigReader(document, report);
        var settings = SettingsFile.Bind(reader);
        var mailboxes = await MailboxFiles.ReadAsync(Shown(settings), report, complaint => reader.Problem("mailboxes", complaint), stop);
        report.ThrowIfWrong();
        return new(settings, mailboxes, report.Warnings) { Revision = document.Revision };
    }

    /// <summary>The mailbox folder as the operator named the settings file: relative, or whole.</summary>
    internal static string Shown(WorkerSettings settings) => Path.IsPathRooted(settings.File)
        ? settings.MailboxFolder
        : Path.GetRelativePath(Environment.CurrentDirectory, settings.MailboxFolder);
}
