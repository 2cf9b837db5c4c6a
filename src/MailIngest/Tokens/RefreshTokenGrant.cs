using MailIngest.Settings;

namespace MailIngest.Tokens;

/// <summary>A user who has agreed once, and left a refresh token (RFC 6749 §6).</summary>
/// <param name="Secret">The application's; null: it has none.</param>
/// <param name="File">Holds the refresh token in its first line; a new one takes its place before anything else is done.</param>
sealed record RefreshTokenGrant(
    TokenProvider Provider, Uri Endpoint, string ClientId, SecretSource? Secret, FileSecret File, string? Scope)
    : TokenGrant(Provider, Scope)
{
    internal override string Key => KeyOf("refresh", Endpoint.AbsoluteUri, ClientId, Scope, File.Place);

    internal override string Way => $"asking {Endpoint.GetLeftPart(UriPartial.Path)} for a token of {ClientId} by the refresh token in {File.Path}";

    internal override async Task<string> StandInAsync(CancellationToken stop)
    {
        var secret = Secret is null ? null : await Secret.ReadAsync(stop);
        return $"{secret?.Reveal()} {(await File.ReadAsync(stop)).Reveal()}";
    }

    internal override async Task<AccessToken> AskAsync(TokenErrand errand, CancellationToken stop)
    {
        var secret = Secret is null ? null : (await Secret.ReadAsync(stop)).Reveal();
        using var file = new RefreshTokenFile(File.Path, Owner);
        // The old one is not spent before a new one can be written. Google gives none, and the file may be read-only there.
        if (Provider != TokenProvider.Google)
            await file.PrepareAsync(errand.Clock, stop);
        var kept = (await File.ReadAsync(stop)).Reveal();
        if (errand.Unsaved is var (spent, unsaved) && spent == kept)
        {
            file.Replace(unsaved);
            kept = unsaved;
        }
        errand.Unsaved = null;

        var request = TokenEndpoint.Request(this, Endpoint, ClientId, secret, "refresh_token", ("refresh_token", kept));
        var (token, next) = await TokenEndpoint.AskAsync(errand, this, request, stop);
        if (next is not null && next != kept)
        {
            errand.Unsaved = (kept, next); // should the disk fail now
            file.Replace(next);
            errand.Unsaved = null;
        }
        return token;
    }

    string Owner => $"{File.Owner.Name}: {File.Owner.Key}File";
}
