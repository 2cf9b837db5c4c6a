namespace MailIngest.Settings;

/// <summary>A secret in a file of its own: the first line.</summary>
public sealed record FileSecret(SecretOwner Owner, string Path) : SecretSource(Owner)
{
    private protected override string Source => $"{Owner.Key}File {Path}";

    private protected override Task<string> ReadTextAsync(CancellationToken stop) => Task.FromResult(FileText(Source, Path));
}
