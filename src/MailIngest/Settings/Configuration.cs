using MailIngest.Mailboxes;

namespace MailIngest.Settings;

/// <summary>The whole configuration: appsettings.json and every mailbox file, read together or refused together.</summary>
public sealed record Configuration(WorkerSettings Settings, IReadOnlyList<Mailbox> Mailboxes, IReadOnlyList<ConfigProblem> Warnings);

/// <summary>The configuration is wrong. Holds every problem of every file; the process ends with <see cref="ExitCode.Configuration"/>.</summary>
public sealed class ConfigurationException(IReadOnlyList<ConfigProblem> problems, IReadOnlyList<ConfigProblem> warnings)
    : Exception(string.Join(Environment.NewLine, problems))
{
    /// <summary>Ordered by file and line.</summary>
    public IReadOnlyList<ConfigProblem> Problems => problems;

    public IReadOnlyList<ConfigProblem> Warnings => warnings;
}
