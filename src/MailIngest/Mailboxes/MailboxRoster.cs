using MailIngest.Settings;

namespace MailIngest.Mailboxes;

/// <summary>
/// The mailboxes in force while the worker runs. It looks at the octets of the files, not for events: a ConfigMap is swapped behind links
/// whose own times never change. What is wrong is told, and what was in force before stays in force.
/// </summary>
/// <param name="configuration">What the worker was started with.</param>
public sealed class MailboxRoster(Configuration configuration)
{
    readonly string _folder = Configuration.Shown(configuration.Settings);
    readonly SortedDictionary<string, KnownFile> _files = new(
        configuration.Mailboxes.ToDictionary(mailbox => mailbox.File, KnownFile.Of), StringComparer.Ordinal);
    string _settingsSeen = configuration.Revision;

    /// <summary>In force, disabled ones too, in the order of their files' names.</summary>
    public IReadOnlyList<Mailbox> Mailboxes { get; private set; } = configuration.Mailboxes;

    /// <summary>What is wrong in the files now.</summary>
    public IReadOnlyList<ConfigProblem> Problems { get; private set; } = [];

    /// <summary>appsettings.json, or what is in its place: only looked at, because it takes effect at a start.</summary>
    public string SettingsFile => configuration.Settings.File;

    /// <summary>Looks at the files, and puts in force what is right in them.</summary>
    /// <returns>What is new since the last look; null: nothing.</returns>
    public async Task<RosterChange?> LookAsync(CancellationToken stop)
    {
        var problems = new List<ConfigProblem>();
        var found = MailboxFiles.Find(_folder, complaint => problems.Add(new(configuration.Settings.File, 0, "mailboxes", complaint)));
        var read = found is { Count: > 0 } listed
            ? await ReadAsync(listed, stop)
            : []; // an empty or unreadable folder is not a wish to poll nothing
        problems.AddRange(_files.Values.SelectMany(file => file.Problems));
        var mailboxes = MailboxTwins.Settle([.. _files.Values], (file, rule, complaint) => problems.Add(file.Problem(rule.Key, complaint)));

        var change = new RosterChange(Mailboxes, mailboxes, Problems, problems,
            [.. problems.Where(problem => read.Exists(file => file.File == problem.File) || !Problems.Contains(problem))],
            [.. read.SelectMany(file => file.Warnings)],
            SettingsChanged());
        foreach (var mailbox in mailboxes)
            _files[mailbox.File].InForce = mailbox;
        (Mailboxes, Problems) = (mailboxes, problems);
        return change.IsNone ? null : change;
    }

    /// <summary>Reads what looks new, and forgets what is there no more.</summary>
    async Task<List<KnownFile>> ReadAsync(List<string> listed, CancellationToken stop)
    {
        var read = new List<KnownFile>();
        var there = new HashSet<string>(StringComparer.Ordinal);
        foreach (var path in listed)
        {
            if (KnownFile.Look(path) is not { } looked)
                continue;
            there.Add(path);
            if (!_files.TryGetValue(path, out var file))
                _files[path] = file = new(path);
            if (file.Seen == looked)
                continue;
            await file.ReadAsync(looked, stop);
            read.Add(file);
        }
        foreach (var gone in _files.Keys.Except(there).ToList())
            _files.Remove(gone);
        return read;
    }

    bool SettingsChanged()
    {
        if (KnownFile.Look(configuration.Settings.File) is not { Length: ConfigDocument.RevisionChars } seen || seen == _settingsSeen)
            return false;
        _settingsSeen = seen;
        return true;
    }
}
