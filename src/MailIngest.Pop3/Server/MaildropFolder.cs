using System.Security.Cryptography;
using System.Text;

namespace MailIngest.Pop3.Server;

/// <summary>A folder of <c>.eml</c> files as a list of messages; a file is measured once and again when it has changed.</summary>
sealed class MaildropFolder(string folder)
{
    readonly Dictionary<string, (long Length, DateTime Written, MaildropMessage Message)> _known = new(StringComparer.Ordinal);

    public IReadOnlyList<MaildropMessage> Read()
    {
        var files = new DirectoryInfo(folder).GetFiles("*.eml");
        Array.Sort(files, (a, b) => string.CompareOrdinal(a.Name, b.Name));
        return Array.ConvertAll(files, Recall);
    }

    public MaildropMessage Add(string uniqueId, byte[] octets)
    {
        if (uniqueId.AsSpan().IndexOfAny('/', '\\', '\0') >= 0 || uniqueId.StartsWith('.'))
            throw new ArgumentException($"the unique-id {uniqueId} is no file name", nameof(uniqueId));
        var path = Path.Combine(folder, uniqueId + ".eml");
        File.WriteAllBytes(path + ".new", octets);
        File.Move(path + ".new", path, overwrite: true);
        return Recall(new FileInfo(path));
    }

    public bool Remove(MaildropMessage message)
    {
        if (message.File is not { } path || !Path.Exists(path))
            return false;
        File.Delete(path);
        _known.Remove(path);
        return true;
    }

    MaildropMessage Recall(FileInfo file)
    {
        if (_known.TryGetValue(file.FullName, out var seen) && seen.Length == file.Length && seen.Written == file.LastWriteTimeUtc)
            return seen.Message;

        var path = file.FullName;
        var message = new MaildropMessage(UniqueIdOf(Path.GetFileNameWithoutExtension(path)), MessageLines.Measure(Open()), Open, path);
        _known[path] = (file.Length, file.LastWriteTimeUtc, message);
        return message;

        FileStream Open() => new(path, new FileStreamOptions
        {
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
            Options = FileOptions.Asynchronous | FileOptions.SequentialScan,
        });
    }

    /// <summary>RFC 1939 §7: 1 to 70 characters in the range 0x21 to 0x7E. A name that is none becomes its hash.</summary>
    static string UniqueIdOf(string name) =>
        name.Length is >= 1 and <= 70 && name.AsSpan().IndexOfAnyExceptInRange('\x21', '\x7E') < 0
            ? name
            : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..40];
}
