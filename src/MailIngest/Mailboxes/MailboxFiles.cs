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
        RefuseTwins(mailboxes, "id", mailbox => mailbox.Id,
            (twin, key) => $"is {ConfigWords.Quote(key)} in {twin.File} as well; every mailbox needs an id of its own");
        RefuseTwins(mailboxes.Where(each => each.Mailbox.Enabled), "username", Maildrop,
            (twin, _) => $"names the same mailbox as {twin.File}, so its mail would be stored twice; remove one of the files");
        return [.. mailboxes.Select(each => each.Mailbox)];
    }

    static List<string>? Find(string folder, Action<string> complain)
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

    static void RefuseTwins(
        IEnumerable<(ConfigReader Reader, Mailbox Mailbox)> mailboxes, string at,
        Func<Mailbox, string?> key, Func<Mailbox, string, string> complaint)
    {
        var first = new Dictionary<string, Mailbox>(StringComparer.Ordinal);
        foreach (var (reader, mailbox) in mailboxes)
            if (key(mailbox) is { } value && !first.TryAdd(value, mailbox)) reader.Problem(at, complaint(first[value], value));
    }

    // 110 and 995 of one host lead to one server; user names differ in more than case nowhere that mail is read.
    static string? Maildrop(Mailbox mailbox)
    {
        var (host, port, _) = mailbox.Server;
        if (host.Length == 0 || mailbox.Username.Length == 0) return null;
        return $"{host}:{(port is 110 or 995 ? "pop3" : port)} {mailbox.Username.ToUpperInvariant()}";
    }
}
