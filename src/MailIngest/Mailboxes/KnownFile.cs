using System.IO.Hashing;
using MailIngest.Settings;

namespace MailIngest.Mailboxes;

/// <summary>A mailbox file as it was seen last, and the version of it that is in force.</summary>
/// <param name="file">Its path.</param>
sealed class KnownFile(string file)
{
    ConfigDocument? _document;

    public string File => file;

    /// <summary>What its octets hashed to when they were read; a reason, when they could not be.</summary>
    public string Seen { get; private set; } = "";

    /// <summary>What the file says; null when it is wrong.</summary>
    public Mailbox? Wanted { get; private set; }

    /// <summary>The last good version, which is polled; null: there has been none yet.</summary>
    public Mailbox? InForce { get; set; }

    /// <summary>What is wrong in the file itself.</summary>
    public IReadOnlyList<ConfigProblem> Problems { get; private set; } = [];

    public IReadOnlyList<ConfigProblem> Warnings { get; private set; } = [];

    /// <summary>A file whose mailbox is in force already.</summary>
    public static KnownFile Of(Mailbox mailbox) => new(mailbox.File) { Seen = mailbox.Revision, Wanted = mailbox, InForce = mailbox };

    /// <summary>
    /// What the octets of a file hash to, as in <see cref="ConfigDocument.Revision"/>; when it cannot be read, why; null when it is not
    /// there.
    /// </summary>
    public static string? Look(string file)
    {
        try
        {
            using var octets = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            if (octets.Length > ConfigDocument.MaxOctets)
                return $"{octets.Length} octets";
            var hash = new XxHash128();
            hash.Append(octets);
            return Convert.ToHexStringLower(hash.GetCurrentHash());
        }
        catch (FileNotFoundException) when (new FileInfo(file).LinkTarget is null)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }

    /// <summary>Reads the file, which looked like that.</summary>
    public async Task ReadAsync(string looked, CancellationToken stop)
    {
        var report = new ConfigReport();
        _document = await ConfigDocument.ReadAsync(file, report, stop);
        var mailbox = _document is null ? null : MailboxFile.Bind(new ConfigReader(_document, report));
        Seen = _document?.Revision ?? looked;
        Wanted = report.Problems.Count == 0 ? mailbox : null;
        (Problems, Warnings) = (report.Problems, report.Warnings);
    }

    /// <summary>A problem at that key of the file.</summary>
    public ConfigProblem Problem(string key, string complaint)
    {
        if (_document is null)
            return new(file, 0, key, complaint);
        var report = new ConfigReport();
        new ConfigReader(_document, report).Problem(key, complaint);
        return report.Problems[0];
    }
}
