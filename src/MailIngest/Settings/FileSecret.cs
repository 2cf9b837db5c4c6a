namespace MailIngest.Settings;

/// <summary>A secret in a file of its own: the first line.</summary>
public sealed record FileSecret(SecretOwner Owner, string Path) : SecretSource(Owner)
{
    internal override string Place => Path;

    private protected override string Source => $"{Owner.Key}File {Path}";

    private protected override Task<string> ReadTextAsync(CancellationToken stop) => Task.FromResult(FileText(Source, Path));
}
