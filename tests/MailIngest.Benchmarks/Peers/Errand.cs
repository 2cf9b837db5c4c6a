using MailIngest.Benchmarks.Mail;

namespace MailIngest.Benchmarks.Peers;

/// <summary>One run of one peer: the maildrops that it drains, by way of this port, into a folder that is its own.</summary>
internal sealed record Errand(string Folder, int Port, IReadOnlyList<Box> Boxes)
{
    public IEnumerable<SampleMessage> Messages => Boxes.SelectMany(box => box.Sample.Messages);

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
}
