namespace MailIngest.Settings;

/// <summary>A secret that is written into the configuration file itself.</summary>
public sealed record InlineSecret(SecretOwner Owner, Secret Value) : SecretSource(Owner)
{
    internal override string Place => $"{Owner.File}#{Owner.Key}";

    private protected override string Source => Owner.Key;

    private protected override Task<string> ReadTextAsync(CancellationToken stop) => Task.FromResult(Value.Reveal());
}
