using System.Security.Cryptography;
using System.Text.Unicode;

namespace MailIngest.Settings;

/// <summary>One configuration file as a tree of values with their lines. Comments and trailing commas are welcome.</summary>
/// <param name="File">Its path as the operator would write it.</param>
/// <param name="Root">The object that it holds.</param>
/// <param name="ReadableByOthers">Every account of this machine may read it: bad for a file with a password in it.</param>
public sealed record ConfigDocument(string File, ConfigObject Root, bool ReadableByOthers)
{
    /// <summary>SHA-256 of the file's octets, lower-case hex.</summary>
    public required string Revision { get; init; }

    /// <summary>Nobody writes a larger one; a wrong path should not fill the memory.</summary>
    public const int MaxOctets = 1 << 20;

    /// <summary>Reads and parses a file; null when that is impossible, and then the report says why.</summary>
    public static async Task<ConfigDocument?> ReadAsync(string file, ConfigReport report, CancellationToken stop)
    {
        try
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var octets = new byte[MaxOctets + 1];
            var length = await stream.ReadAtLeastAsync(octets, octets.Length, throwOnEndOfStream: false, stop);
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
        return null;
    }

    /// <summary>Parses the octets of a file; null when they are not a JSON object, and then the report says why.</summary>
    public static ConfigDocument? Parse(string file, ReadOnlySpan<byte> octets, ConfigReport report, bool readableByOthers = false)
    {
        var revision = Convert.ToHexStringLower(SHA256.HashData(octets));
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
