using MailIngest.Settings;

namespace MailIngest.Tokens;

/// <summary>Stands where a mailbox with a password has it: a line that changes with the credential, to tell one from another.</summary>
public sealed record CredentialStandIn(SecretOwner Owner, TokenGrant Grant) : SecretSource(Owner)
{
    internal override string Place => Grant.Key;

    private protected override string Source => Grant.Way;

    private protected override Task<string> ReadTextAsync(CancellationToken stop) => Grant.StandInAsync(stop);
}
