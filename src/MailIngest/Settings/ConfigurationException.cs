namespace MailIngest.Settings;

/// <summary>The configuration is wrong: every problem of every file. The process ends with <see cref="ExitCode.Configuration"/>.</summary>
public sealed class ConfigurationException(IReadOnlyList<ConfigProblem> problems, IReadOnlyList<ConfigProblem> warnings)
    : Exception(string.Join(Environment.NewLine, problems))
{
    /// <summary>Ordered by file and line.</summary>
    public IReadOnlyList<ConfigProblem> Problems => problems;

    public IReadOnlyList<ConfigProblem> Warnings => warnings;
}
