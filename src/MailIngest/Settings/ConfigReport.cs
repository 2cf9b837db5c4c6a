namespace MailIngest.Settings;

/// <summary>Collects what is wrong in all files, so that one run names everything.</summary>
public sealed class ConfigReport
{
    readonly List<ConfigProblem> _problems = [];
    readonly List<ConfigProblem> _warnings = [];

    public IReadOnlyList<ConfigProblem> Problems => InOrder(_problems);

    public IReadOnlyList<ConfigProblem> Warnings => InOrder(_warnings);

    public void Problem(ConfigProblem problem) => _problems.Add(problem);

    public void Warning(ConfigProblem warning) => _warnings.Add(warning);

    /// <exception cref="ConfigurationException">There are problems.</exception>
    public void ThrowIfWrong()
    {
        if (_problems.Count > 0) throw new ConfigurationException(Problems, Warnings);
    }

    // Files in the order in which they were read, lines from top to bottom.
    static List<ConfigProblem> InOrder(List<ConfigProblem> list)
    {
        var files = list.Select(problem => problem.File).Distinct().ToList();
        return [.. list.OrderBy(problem => files.IndexOf(problem.File)).ThenBy(problem => problem.Line)];
    }
}
