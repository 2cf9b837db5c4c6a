using System.Globalization;

namespace MailIngest.SystemTests.Servers;

/// <summary>One user's mail on the <see cref="DovecotServer"/>, seen from behind: as files of a maildir.</summary>
public sealed class DovecotMaildrop : IServedMaildrop
{
    const long Epoch = 1_700_000_000;

    readonly string _maildir;
    int _delivered;

    internal DovecotMaildrop(string user, string password, string home)
    {
        (User, Password, _maildir) = (user, password, Path.Combine(home, "Maildir"));
        foreach (var folder in (string[])[home, _maildir, In("new"), In("cur"), In("tmp")])
        {
            Directory.CreateDirectory(folder);
            if (Libc.ChangeOwner(folder, DovecotServer.MailUser, DovecotServer.MailGroup) != 0)
                throw new IOException($"The owner of {folder} could not be changed.");
        }
    }

    public string User { get; }
    public string Password { get; }

    /// <summary>The maildir.</summary>
    public string Folder => _maildir;

    /// <summary>Delivers a file with exactly these octets; messages are numbered in the order of delivery.</summary>
    /// <remarks>
    /// The label ends the file's name, to be found again by <see cref="Left"/>; then comes what the name claims about the
    /// file's sizes, as in <c>,S=100,W=104</c>, true or not.
    /// </remarks>
    public void Put(string label, ReadOnlySpan<byte> octets, string sizes = "")
    {
        var name = NewName(label, sizes);
        File.WriteAllBytes(In("tmp", name), octets);
        Deliver(name);
    }

    /// <summary>As <see cref="Put(string, ReadOnlySpan{byte}, string)"/>, for messages that do not fit into memory.</summary>
    public void Put(string label, Action<Stream> write)
    {
        var name = NewName(label, "");
        using (var file = new FileStream(In("tmp", name), FileMode.CreateNew))
            write(file);
        Deliver(name);
    }

    /// <summary>Puts many files there at once, named as Dovecot names seen mail.</summary>
    public void Fill(Action<string> fill)
    {
        fill(In("cur"));
        // A folder that has just changed is looked at once more in the next session: let it be an old one.
        foreach (var folder in (string[])["new", "cur"])
            Directory.SetLastWriteTimeUtc(In(folder), DateTime.UnixEpoch.AddSeconds(Epoch));
    }

    /// <summary>Fills it, and has Dovecot index the messages: the next session finds its index warm.</summary>
    public async Task FillWarmAsync(DovecotServer server, Action<string> fill, CancellationToken stop)
    {
        Fill(fill);
        await using var session = await RawPop3.SignInAsync(server, this, stop);
        await session.ListAsync(stop);
        await session.AskAsync("QUIT", stop);
    }

    /// <summary>The labels of the messages that are still there, in the order of delivery.</summary>
    public IReadOnlyList<string> Left =>
        [.. Directory.EnumerateFiles(In("new")).Concat(Directory.EnumerateFiles(In("cur"))).Select(Path.GetFileName)
            .OrderBy(name => long.Parse(name!.Split('.')[0], CultureInfo.InvariantCulture)).Select(Label!)];

    string NewName(string label, string sizes)
    {
        var number = ++_delivered;
        return string.Create(CultureInfo.InvariantCulture, $"{Epoch + number}.M{number}P{number}.{label}{sizes}");
    }

    // As maildir wants it: a message appears whole, whoever is looking.
    void Deliver(string name) => File.Move(In("tmp", name), In("new", name));

    // "1700000001.M1P1.label,S=10,W=12:2,S"
    static string Label(string fileName) => fileName.Split('.', 3)[2].Split(',', ':')[0];

    string In(params string[] parts) => Path.Combine([_maildir, .. parts]);
}
