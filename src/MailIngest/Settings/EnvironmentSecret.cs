namespace MailIngest.Settings;

/// <summary>A secret in an environment variable.</summary>
public sealed record EnvironmentSecret(SecretOwner Owner, string Variable) : SecretSource(Owner)
{
    internal override string Place => $"${Variable}";

    private protected override string Source => $"{Owner.Key}Env {Variable}";

    private protected override Task<string> ReadTextAsync(CancellationToken stop) =>
        Environment.GetEnvironmentVariable(Variable) is { } value
            ? Task.FromResult(value)
            : throw Failure("is not set in the environment; set it, or name another variable");
}
