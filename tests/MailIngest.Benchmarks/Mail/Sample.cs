using MailIngest.SystemTests.Servers;

namespace MailIngest.Benchmarks.Mail;

/// <summary>The messages that each peer drains: the same in every run on every machine.</summary>
internal sealed class Sample
{
    readonly string _folder;

    Sample(string folder, IReadOnlyList<SampleMessage> messages) => (_folder, Messages) = (folder, messages);

    public static Sample Nothing { get; } = new("", []);

    public IReadOnlyList<SampleMessage> Messages { get; }

    public long WireOctets => Messages.Sum(message => message.WireOctets);

    /// <summary>Writes a file of each of these sizes (with LF line ends; a line more or less) into a new folder.</summary>
    public static Sample Write(string folder, IReadOnlyList<long> sizes)
    {
        Directory.CreateDirectory(folder);
        var writer = new SampleWriter(folder);
        return new Sample(folder, [.. sizes.Select((size, at) => writer.Write(at + 1, size))]);
    }

    /// <summary>Some of its messages, in the same files.</summary>
    public Sample Slice(int start, int count) => new(_folder, [.. Messages.Skip(start).Take(count)]);

    /// <summary>Puts links to all messages into this folder of a maildir.</summary>
    public void LinkInto(string folder)
    {
        foreach (var message in Messages)
            Link(message.FileName, Path.Combine(folder, message.FileName));
    }

    /// <summary>Puts a link to one of the messages there, under the name that a message of this number has.</summary>
    public void LinkOne(int at, string folder, int number)
    {
        var name = Messages[at].FileName;
        Link(name, Path.Combine(folder, SampleMessage.UniquePart(number) + name[name.IndexOf(".bench", StringComparison.Ordinal)..]));
    }

    void Link(string file, string name)
    {
        if (Libc.Link(Path.Combine(_folder, file), name) != 0)
            throw new IOException($"{file} could not be linked as {name}.");
    }
}
