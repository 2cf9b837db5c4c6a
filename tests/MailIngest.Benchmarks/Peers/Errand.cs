using MailIngest.Benchmarks.Mail;

namespace MailIngest.Benchmarks.Peers;

/// <summary>One run of one peer: the maildrops that it drains, by way of this port, into a folder that is its own.</summary>
internal sealed record Errand(string Folder, int Port, IReadOnlyList<Box> Boxes)
{
    /// <summary>What is to be fetched.</summary>
    public IEnumerable<SampleMessage> Messages => Boxes.SelectMany(box => box.Sample.Messages);

    /// <summary>How many messages the server lists.</summary>
    public int Listed { get; init; } = Boxes.Sum(box => box.Sample.Messages.Count);

    /// <summary>Where blobs go, when not into files.</summary>
    public int BlobPort { get; init; }

    /// <summary>A folder inside the peer's own, made when it is missing.</summary>
    public string In(params string[] parts) => Directory.CreateDirectory(Path.Combine([Folder, .. parts])).FullName;

    /// <summary>Writes a file that holds a password, which some programs refuse to read when others could.</summary>
    public string Secret(string name, string text)
    {
        var file = Path.Combine(Folder, name);
        File.WriteAllText(file, text);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return file;
    }

    /// <summary>Writes a file with a maildrop in each line: "user password".</summary>
    public string Accounts() => Secret("accounts", string.Concat(Boxes.Select(box => $"{box.User} {box.Password}\n")));
}
