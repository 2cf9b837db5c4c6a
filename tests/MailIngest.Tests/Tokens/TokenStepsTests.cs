using System.Text.Json.Nodes;
using MailIngest.Settings;
using MailIngest.Tokens;
using Xunit;

namespace MailIngest.Tests.Tokens;

/// <summary>The step that is missing, by what was refused.</summary>
public class TokenStepsTests
{
    const string Exchange = "https://outlook.office365.com";

    static readonly SecretOwner Owner = new("mailbox sales", "oauth", "sales.json");
    static readonly TokenGrant Application = new EntraGrant(EntraProof.Workload, null, null, null, Exchange);
    static readonly TokenGrant User = new RefreshTokenGrant(TokenProvider.Microsoft, new("https://x.example"), "app", null, new(Owner, "/r"), null);

    [Theory]
    [InlineData(false, "https://graph.microsoft.com", "Mail.Read", null, "the token is for https://graph.microsoft.com and not for Exchange Online")]
    [InlineData(false, Exchange, "", null, "the token lacks POP.AccessAsApp: add this application permission")]
    [InlineData(false, Exchange, "IMAP.AccessAsApp", null, "the token lacks POP.AccessAsApp")]
    [InlineData(false, Exchange, "POP.AccessAsApp", null, "the token has its permission, so a step in Exchange Online PowerShell is missing")]
    [InlineData(false, "00000002-0000-0ff1-ce00-000000000000", "POP.AccessAsApp", null, "Add-MailboxPermission sales@example.org")]
    [InlineData(true, Exchange, "IMAP.AccessAsUser.All", "sales@example.org", "the token lacks POP.AccessAsUser.All: add this delegated permission")]
    [InlineData(true, Exchange, "POP.AccessAsUser.All", "Sales@example.org", "POP must be enabled for the mailbox: Set-CASMailbox sales@example.org")]
    [InlineData(true, Exchange, "POP.AccessAsUser.All", "boss@example.org", "the token is for boss@example.org: sign in as sales@example.org")]
    public void What_Exchange_Online_refuses_is_told_from_the_token_s_own_words(
        bool delegated, string audience, string permission, string? user, string step)
    {
        var token = OAuthServer.Jwt(delegated
            ? new() { ["aud"] = audience, ["scp"] = permission, ["upn"] = user }
            : new() { ["aud"] = audience, ["roles"] = new JsonArray(permission) }, 1);
        var said = TokenSteps.ForSignIn(delegated ? User : Application, TokenClaims.Read(token), "sales@example.org");
        Assert.Contains(step, said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_that_says_nothing_leaves_all_steps_open()
    {
        var said = TokenSteps.ForSignIn(Application, null, "sales@example.org");
        Assert.StartsWith("a step in Exchange Online PowerShell is missing: New-ServicePrincipal", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TokenProvider.Google, "enable POP in Gmail")]
    [InlineData(TokenProvider.Custom, "see that the mail server trusts the token's issuer")]
    public void Others_have_steps_of_their_own(TokenProvider provider, string step) =>
        Assert.Contains(step, TokenSteps.ForSignIn(((RefreshTokenGrant)User) with { Provider = provider }, null, "me"), StringComparison.Ordinal);

    [Theory]
    [InlineData("AADSTS700021: no federated identity", "add a federated credential")]
    [InlineData("AADSTS700003: something else", "check oauthClientId and oauthClientSecret")] // no number of ours, although one of them begins it
    [InlineData("AADSTS7000222: expired", "the client secret has expired")]
    public void The_whole_number_counts(string description, string step) =>
        Assert.Contains(step, TokenSteps.ForRequest(Application, "invalid_client", description), StringComparison.Ordinal);

    [Theory]
    [InlineData("opaque")]
    [InlineData("a.b.c")]
    [InlineData("a.W10.c")] // []
    [InlineData("a.eyJhdWQiOiL_In0.c")] // no UTF-8
    [InlineData("a..c")]
    public void What_is_no_JWT_has_no_claims(string token) => Assert.Null(TokenClaims.Read(token));

    [Fact]
    public void Claims_are_shown_without_control_characters() =>
        Assert.DoesNotContain('\u001b', TokenClaims.Read(OAuthServer.Jwt(new() { ["aud"] = "\u001b[2J" }, 1))!.Audience!);
}
