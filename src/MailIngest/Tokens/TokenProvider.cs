namespace MailIngest.Tokens;

/// <summary>Who gives the tokens: whose endpoint, scope and set-up steps.</summary>
public enum TokenProvider
{
    /// <summary>Microsoft Entra ID, for Exchange Online.</summary>
    Microsoft,

    /// <summary>Google, for Gmail.</summary>
    Google,

    /// <summary>Any other token endpoint of RFC 6749.</summary>
    Custom,
}
