using System.Buffers;
using System.IO.Hashing;
using System.Text.Unicode;

namespace MailIngest.Settings;

/// <summary>One configuration file as a tree of values with their lines. Comments and trailing commas are welcome.</summary>
/// <param name="File">Its path as the operator would write it.</param>
/// <param name="Root">The object that it holds.</param>
/// <param name="ReadableByOthers">Every account of this machine may read it: bad for a file with a password in it.</param>
public sealed record ConfigDocument(string File, ConfigObject Root, bool ReadableByOthers)
{
    /// <summary>Tells this version of the file from any other: XXH128 of its octets, lower-case hex. Nothing secret hangs on it, and it needs
    /// no cryptographic library.</summary>
    public required string Revision { get; init; }

    /// <summary>The length of a <see cref="Revision"/>.</summary>
    public const int RevisionChars = 32;

    /// <summary>Nobody writes a larger one; a wrong path should not fill the memory.</summary>
    public const int MaxOctets = 1 << 20;

    /// <summary>Reads and parses a file; null when that is impossible, and then the report says why.</summary>
    public static async Task<ConfigDocument?> ReadAsync(string file, ConfigReport report, CancellationToken stop)
    {
        var octets = ArrayPool<byte>.Shared.Rent(MaxOctets + 1); // one for hundreds of files
        var length = 0;
        try
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            length = await stream.ReadAtLeastAsync(octets.AsMemory(0, MaxOctets + 1), MaxOctets + 1, throwOnEndOfStream: false, stop);
            if (length > MaxOctets)
            {
                report.Problem(new(file, 0, null, "is larger than 1 MiB; this cannot be a configuration file"));
                return null;
            }
            // The handle, not the path: a path may be a link, and links are readable by everybody.
            var mode = OperatingSystem.IsWindows() ? UnixFileMode.None : System.IO.File.GetUnixFileMode(stream.SafeFileHandle);
            return Parse(file, octets.AsSpan(0, length), report, (mode & UnixFileMode.OtherRead) != 0);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            report.Problem(new(file, 0, null, "there is no such file; create it or correct its path"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            report.Problem(new(file, 0, null, $"cannot be read: {e.Message}"));
        }
        finally
        {
            octets.AsSpan(0, length).Clear(); // a password may be in it
            ArrayPool<byte>.Shared.Return(octets);
        }
        return null;
    }

    /// <summary>Parses the octets of a file; null when they are not a JSON object, and then the report says why.</summary>
    public static ConfigDocument? Parse(string file, ReadOnlySpan<byte> octets, ConfigReport report, bool readableByOthers = false)
    {
        var revision = Convert.ToHexStringLower(XxHash128.Hash(octets));
        if (octets.StartsWith("\uFEFF"u8)) octets = octets[3..];
        if (!Utf8.IsValid(octets))
        {
            var line = LineOf(octets, FirstInvalid(octets));
            report.Problem(new(file, line, null, "is not UTF-8 text; save the file in UTF-8"));
            return null;
        }
        if (new ConfigParser(file, octets, report).Parse() is not { } value) return null;
        if (value is ConfigObject root) return new(file, root, readableByOthers) { Revision = revision };
        report.Problem(new(file, value.Line, null, "must hold one object: { \"key\": value, … }"));
        return null;
    }

    static int FirstInvalid(ReadOnlySpan<byte> octets)
    {
        Utf8.ToUtf16(octets, new char[octets.Length], out var valid, out _, replaceInvalidSequences: false);
        return valid;
    }

    static int LineOf(ReadOnlySpan<byte> octets, int index) => octets[..index].Count((byte)'\n') + 1;
}
