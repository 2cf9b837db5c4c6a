using System.Security.Cryptography;
using System.Text;
using MailIngest.Settings;

namespace MailIngest.Tokens;

/// <summary>A credential that is a whole file: a certificate with its key, the key of a service account.</summary>
sealed record WholeFile(SecretOwner Owner, string Path)
{
    const int MostOctets = 256 * 1024;

    /// <summary>The content as Latin-1, so that binary files come through.</summary>
    /// <exception cref="SecretException">It cannot be read.</exception>
    public async Task<string> ReadAsync(CancellationToken stop)
    {
        try
        {
            await using var file = File.OpenRead(Path);
            var octets = new byte[MostOctets];
            return Encoding.Latin1.GetString(octets, 0, await file.ReadAtLeastAsync(octets, MostOctets, throwOnEndOfStream: false, stop));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Failure("does not exist; create it or correct the path", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failure($"cannot be read: {e.Message.TrimEnd('.')}", e);
        }
    }

    /// <summary>Another content has another.</summary>
    public static string StandIn(string content) => Convert.ToHexStringLower(SHA256.HashData(Encoding.Latin1.GetBytes(content)));

    public SecretException Failure(string what, Exception? cause = null) =>
        new($"{Owner.Name}: {Owner.Key} {Path} {what} (set in {Owner.File})", cause);
}
