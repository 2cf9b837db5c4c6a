namespace MailIngest.Settings;

/// <summary>A secret in a file of its own: the first line.</summary>
public sealed record FileSecret(SecretOwner Owner, string Path) : SecretSource(Owner)
{
    internal override string Place => Path;

    private protected override string Source => $"{Owner.Key}File {Path}";

    private protected override async Task<string> ReadTextAsync(CancellationToken stop)
    {
        try
        {
            using var file = new StreamReader(Path);
            var text = new char[MaxCharacters];
            return new(text, 0, await file.ReadBlockAsync(text, stop));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Failure("does not exist; create it or correct the path", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failure($"cannot be read: {e.Message}", e);
        }
    }
}
