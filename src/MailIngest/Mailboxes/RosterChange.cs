using MailIngest.Settings;

namespace MailIngest.Mailboxes;

/// <summary>What a look at the files found to be new.</summary>
/// <param name="Before">The mailboxes that were in force.</param>
/// <param name="Mailboxes">Those that are in force now.</param>
/// <param name="ProblemsBefore">What was wrong.</param>
/// <param name="Problems">What is wrong now.</param>
/// <param name="NewProblems">What has to be said: what came up now, and whatever is wrong in a file that was changed.</param>
/// <param name="NewWarnings">What is unwise in the files that were changed.</param>
/// <param name="SettingsChanged">appsettings.json is another one.</param>
public sealed record RosterChange(
    IReadOnlyList<Mailbox> Before, IReadOnlyList<Mailbox> Mailboxes, IReadOnlyList<ConfigProblem> ProblemsBefore,
    IReadOnlyList<ConfigProblem> Problems,
    IReadOnlyList<ConfigProblem> NewProblems, IReadOnlyList<ConfigProblem> NewWarnings, bool SettingsChanged)
{
    /// <summary>Ids that are new.</summary>
    public IReadOnlyList<string> Added { get; } = [.. Ids(Mailboxes).Except(Ids(Before))];

    /// <summary>Ids that are in force no more.</summary>
    public IReadOnlyList<string> Removed { get; } = [.. Ids(Before).Except(Ids(Mailboxes))];

    /// <summary>Ids whose file says something else.</summary>
    public IReadOnlyList<string> Changed { get; } = [.. Mailboxes.Join(
        Before, mailbox => mailbox.Id, before => before.Id, (mailbox, before) => (mailbox.Id, IsSame: mailbox.Revision == before.Revision))
        .Where(pair => !pair.IsSame).Select(pair => pair.Id)];

    /// <summary>Something was wrong, and nothing is any more.</summary>
    public bool IsRightAgain => ProblemsBefore.Count > 0 && Problems.Count == 0;

    /// <summary>Nothing is new.</summary>
    public bool IsNone => !SettingsChanged && NewProblems.Count == 0 && NewWarnings.Count == 0 && Problems.SequenceEqual(ProblemsBefore)
        && Mailboxes.Select(mailbox => (mailbox.File, mailbox.Id, mailbox.Revision))
            .SequenceEqual(Before.Select(before => (before.File, before.Id, before.Revision)));

    static IEnumerable<string> Ids(IReadOnlyList<Mailbox> mailboxes) => mailboxes.Select(mailbox => mailbox.Id);
}
