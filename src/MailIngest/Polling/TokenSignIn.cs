using MailIngest.Mailboxes;
using MailIngest.Pop3;
using MailIngest.Settings;
using MailIngest.Tokens;

namespace MailIngest.Polling;

/// <summary>Opens a session with what the mailbox signs in with: its password, or a token.</summary>
static class TokenSignIn
{
    /// <summary>
    /// A token that is refused may have been revoked a moment ago, or be from before a permission: it is replaced once, and the new one
    /// sent in a new connection. No account is ever locked by a token.
    /// </summary>
    /// <param name="mailbox">Whose maildrop.</param>
    /// <param name="password">As it is now; not looked at where tokens sign in.</param>
    /// <param name="tokens">Of this process.</param>
    /// <param name="options">Of the connection.</param>
    /// <param name="tell">Hears of each step with tokens.</param>
    /// <param name="stop">Gives up.</param>
    /// <exception cref="TokenException">No token was to be had, or the mail server took neither of two.</exception>
    /// <exception cref="Pop3RefusedException">The password was refused, or the sign-in for another reason.</exception>
    public static async Task<MaildropSession> OpenAsync(
        Mailbox mailbox, Secret password, TokenSources tokens, Pop3Options options, Action<string>? tell, CancellationToken stop)
    {
        if (mailbox.OAuth is not { } grant)
            return await Pop3Client.OpenAsync(mailbox.Server, mailbox.ToPop3SignIn(password), options, stop);

        var token = await TakeAsync(tokens, grant, null, tell, stop);
        try
        {
            return await OpenAsync(mailbox, token, options, stop);
        }
        catch (Pop3RefusedException refused) when (refused.IsCredentials)
        {
            tell?.Invoke($"{refused.Message.TrimEnd('.', ' ')}; with another token once more");
        }
        token = await TakeAsync(tokens, grant, token, tell, stop);
        try
        {
            return await OpenAsync(mailbox, token, options, stop);
        }
        catch (Pop3RefusedException again) when (again.IsCredentials)
        {
            throw new TokenException(
                $"signing in as {mailbox.Username} with a token: {again.Message.TrimEnd('.', ' ')}; "
                    + TokenSteps.ForSignIn(grant, token.Claims, mailbox.Username), again)
            { IsRefused = true };
        }
    }

    static async Task<AccessToken> TakeAsync(
        TokenSources tokens, TokenGrant grant, AccessToken? refused, Action<string>? tell, CancellationToken stop)
    {
        var token = await tokens.TakeAsync(grant, refused, stop);
        tell?.Invoke($"{grant.Way}: {TokenSteps.Described(token)}");
        return token;
    }

    static Task<MaildropSession> OpenAsync(Mailbox mailbox, AccessToken token, Pop3Options options, CancellationToken stop)
    {
        Pop3SignIn signIn;
        try
        {
            signIn = Pop3SignIn.WithToken(mailbox.Username, token.Reveal(), mailbox.Mechanism);
        }
        catch (ArgumentException unusable)
        {
            throw new TokenException($"signing in as {mailbox.Username} with a token: {unusable.Message}", unusable) { IsRefused = true };
        }
        return Pop3Client.OpenAsync(mailbox.Server, signIn, options, stop);
    }
}
