using System.Diagnostics;
using MailIngest.SystemTests.Servers;

namespace MailIngest.Benchmarks.Mail;

/// <summary>Maildrops full of mail that Dovecot has indexed, put back before each run as if nobody had ever read them.</summary>
/// <remarks>
/// So no run pays for the indexing, and none has an index that another left behind. Nothing is deleted: ext4 is slow to create files
/// where others were deleted within the last seconds, and the next run would pay for that.
/// </remarks>
internal sealed class WarmMail
{
    readonly IReadOnlyList<DovecotBox> _boxes;
    readonly string _saved;
    readonly string _trash;

    WarmMail(IReadOnlyList<DovecotBox> boxes, string folder)
    {
        (_boxes, _saved, _trash) = (boxes, Path.Combine(folder, "saved"), Path.Combine(folder, "trash"));
        Directory.CreateDirectory(_saved);
        Directory.CreateDirectory(_trash);
    }

    public IReadOnlyList<DovecotBox> Boxes => _boxes;

    /// <summary>Fills one new maildrop with each of the samples.</summary>
    /// <param name="server">Where.</param>
    /// <param name="samples">One for each maildrop.</param>
    /// <param name="folder">A new one, on the file system of the maildrops.</param>
    /// <param name="stop">Gives up.</param>
    public static async Task<WarmMail> FillAsync(DovecotServer server, IEnumerable<Sample> samples, string folder, CancellationToken stop)
    {
        var mail = new WarmMail([.. samples.Select(sample => new DovecotBox(server.NewMaildrop(), sample))], folder);
        foreach (var (maildrop, sample) in mail._boxes)
        {
            await maildrop.FillWarmAsync(server, sample.LinkInto, stop);
            Copy(IndexFiles(maildrop), Directory.CreateDirectory(mail.Saved(maildrop)).FullName);
        }
        return mail;
    }

    /// <summary>Links every message again, and puts the index back with the very times that it names.</summary>
    public void Restore()
    {
        foreach (var (maildrop, sample) in _boxes)
        {
            var trash = Directory.CreateDirectory(Path.Combine(_trash, Path.GetRandomFileName())).FullName;
            foreach (var file in IndexFiles(maildrop).Concat(Directory.EnumerateFiles(Path.Combine(maildrop.Folder, "cur"))))
                File.Move(file, Path.Combine(trash, Path.GetFileName(file)));
            maildrop.Fill(sample.LinkInto);
            Copy(Directory.EnumerateFiles(Saved(maildrop)), maildrop.Folder);
        }
    }

    string Saved(DovecotMaildrop maildrop) => Path.Combine(_saved, maildrop.User);

    static IEnumerable<string> IndexFiles(DovecotMaildrop maildrop) => Directory.EnumerateFiles(maildrop.Folder, "dovecot*");

    // The copies of .NET lose the owner, and the last digits of the time of change, by which Dovecot recognises its files.
    static void Copy(IEnumerable<string> files, string folder)
    {
        using var copy = Process.Start("cp", ["--archive", .. files, folder]);
        copy.WaitForExit();
        if (copy.ExitCode != 0)
            throw new IOException($"cp into {folder} ended with {copy.ExitCode}.");
    }
}
