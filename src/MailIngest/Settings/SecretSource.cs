namespace MailIngest.Settings;

/// <summary>Where a secret is read from, each time it is needed: a rotated secret needs no restart.</summary>
public abstract record SecretSource(SecretOwner Owner)
{
    /// <summary>Longer texts are not secrets but mistakes.</summary>
    private protected const int MaxCharacters = 64 * 1024;

    /// <summary>Reads the secret as it is now: the first line of what the source gives.</summary>
    /// <exception cref="SecretException">It cannot be read; the message names owner, source and remedy, never the content.</exception>
    public async Task<Secret> ReadAsync(CancellationToken stop)
    {
        var line = FirstLine(await ReadTextAsync(stop));
        if (line.Length == 0) throw Failure("gives an empty first line; write the secret into its first line");
        // What decoding leaves of octets that are not UTF-8.
        if (line.Contains('\uFFFD')) throw Failure("gives text that is not UTF-8; save or print the secret in UTF-8");
        if (line.Any(char.IsControl)) throw Failure("gives a control character; write the secret as plain text into its first line");
        return new Secret(line);
    }

    /// <summary>What tells this place from others, whoever reads there; never what it holds.</summary>
    internal abstract string Place { get; }

    /// <summary>The source as the operator wrote it: "passwordFile /run/secrets/sales".</summary>
    private protected abstract string Source { get; }

    private protected abstract Task<string> ReadTextAsync(CancellationToken stop);

    private protected SecretException Failure(string what, Exception? cause = null) => Failure(Source, what, cause);

    /// <summary>About one of several sources.</summary>
    private protected SecretException Failure(string source, string what, Exception? cause = null) =>
        new($"{Owner.Name}: {source} {what} (set in {Owner.File})", cause);

    /// <summary>What a file holds, as far as it may be a secret.</summary>
    private protected string FileText(string source, string path)
    {
        try
        {
            using var reader = new StreamReader(path);
            var text = new char[MaxCharacters];
            return new(text, 0, reader.ReadBlock(text));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Failure(source, "does not exist; create it or correct the path", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failure(source, $"cannot be read: {e.Message}", e);
        }
    }

    static string FirstLine(string text)
    {
        var line = text.TrimStart('\uFEFF');
        var end = line.IndexOf('\n');
        return (end < 0 ? line : line[..end]).TrimEnd('\r');
    }
}

/// <summary>Whose secret it is: "mailbox sales", the key's stem ("password"), and the configuration file that names it.</summary>
public sealed record SecretOwner(string Name, string Key, string File);

/// <summary>A secret cannot be read. The message is one sentence for the operator and holds nothing secret.</summary>
public sealed class SecretException(string message, Exception? cause = null) : Exception(message, cause);
