using System.Collections.Concurrent;
using System.Security.Cryptography;
using MailIngest.Benchmarks.Mail;
using MailIngest.Benchmarks.Measuring;

namespace MailIngest.Benchmarks.Peers;

/// <summary>A program that moves mail from a server into files.</summary>
internal abstract class Peer(string name)
{
    public string Name => name;

    /// <summary>Where it is so slow that it is given no more messages than these, and its time is multiplied.</summary>
    /// <param name="rtt">The round trip to the server in milliseconds.</param>
    public virtual int AtMost(int rtt) => int.MaxValue;

    /// <summary>Writes the peer's configuration; the command that then does the work.</summary>
    public abstract IReadOnlyList<string> Prepare(Errand errand);

    public virtual bool Succeeded(int exitCode) => exitCode == 0;

    /// <summary>What the work cost, where that is not the whole run.</summary>
    public virtual Cost CostOf(Cost whole, string output) => whole;

    /// <summary>Every message must be there once, octet for octet.</summary>
    /// <exception cref="InvalidDataException">It is not.</exception>
    public virtual void Check(Errand errand, string output)
    {
        var found = new ConcurrentBag<string>();
        Parallel.ForEach(Files(errand), file => found.Add(Hash(file)));
        var expected = errand.Messages.Select(Expected).Order(StringComparer.Ordinal).ToList();
        if (!found.Order(StringComparer.Ordinal).SequenceEqual(expected))
            throw new InvalidDataException(
                $"{Name} stored {found.Count} files: {found.Intersect(expected).Count()} of the {expected.Count} messages are among them.");
    }

    /// <summary>Where the peer put the messages, a file for each.</summary>
    protected virtual IEnumerable<string> Files(Errand errand) => [];

    /// <summary>What <see cref="Hash"/> must be of this message's file.</summary>
    protected abstract string Expected(SampleMessage message);

    protected virtual string Hash(string file)
    {
        using var content = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(content));
    }

    /// <summary>The files of a maildir.</summary>
    protected static IEnumerable<string> Maildir(string folder) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories);

    /// <summary>The hash of what follows the header: some programs add fields of their own to it.</summary>
    protected static string HashOfBody(string file)
    {
        var content = File.ReadAllBytes(file);
        return Convert.ToHexStringLower(SHA256.HashData(content.AsSpan(content.AsSpan().IndexOf("\n\n"u8) + 2)));
    }
}
