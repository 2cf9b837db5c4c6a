using MailIngest.Settings;

namespace MailIngest.Mailboxes;

/// <summary>The folder with one JSON file per mailbox.</summary>
public static class MailboxFiles
{
    /// <summary>
    /// Reads every *.json in the folder, in the order of their names. Files that begin with a dot are left alone: editors and
    /// Kubernetes keep theirs there. Problems, also those between files, go to the report.
    /// </summary>
    /// <param name="folder">As the operator would write it.</param>
    /// <param name="report">Takes the problems of all files.</param>
    /// <param name="complain">Takes what is wrong with the folder itself: the caller knows which key names it.</param>
    /// <param name="stop">Ends the reading.</param>
    public static async Task<IReadOnlyList<Mailbox>> ReadAsync(
        string folder, ConfigReport report, Action<string> complain, CancellationToken stop)
    {
        if (Find(folder, complain) is not { } files) return [];

        var mailboxes = new List<(ConfigReader Reader, Mailbox Mailbox)>();
        foreach (var file in files)
        {
            if (await ConfigDocument.ReadAsync(file, report, stop) is not { } document) continue;
            var reader = new ConfigReader(document, report);
            mailboxes.Add((reader, MailboxFile.Bind(reader)));
        }
        foreach (var rule in MailboxTwins.Rules)
            RefuseTwins(mailboxes, rule);
        return [.. mailboxes.Select(each => each.Mailbox)];
    }

    /// <summary>
    /// The files, in the order of their names; null, or none, when the folder is not as it should be, and then it is said.
    /// </summary>
    internal static List<string>? Find(string folder, Action<string> complain)
    {
        try
        {
            var files = Directory.EnumerateFiles(folder, "*.json").Where(file => !Path.GetFileName(file).StartsWith('.'))
                .Order(StringComparer.Ordinal).ToList();
            if (files.Count == 0) complain($"names the folder {folder}, which holds no *.json; write one file per mailbox into it");
            return files;
        }
        catch (DirectoryNotFoundException)
        {
            complain($"names the folder {folder}, which does not exist; create it and write one JSON file per mailbox into it");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            complain($"names the folder {folder}, which cannot be read: {e.Message}");
        }
        return null;
    }

    static void RefuseTwins(IEnumerable<(ConfigReader Reader, Mailbox Mailbox)> mailboxes, MailboxTwins.Rule rule)
    {
        var first = new Dictionary<string, Mailbox>(StringComparer.Ordinal);
        foreach (var (reader, mailbox) in mailboxes)
            if (rule.Of(mailbox) is { } value && !first.TryAdd(value, mailbox))
                reader.Problem(rule.Key, rule.Complaint(first[value], value));
    }
}
