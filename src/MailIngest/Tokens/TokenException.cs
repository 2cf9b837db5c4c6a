namespace MailIngest.Tokens;

/// <summary>No access token was to be had, or the mail server does not take it. The message is a sentence with the step to take.</summary>
public sealed class TokenException(string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>True when somebody has to do something; false when waiting may be enough.</summary>
    public bool IsRefused { get; init; }

    /// <summary>How long the provider wants to be left alone.</summary>
    public TimeSpan? Patience { get; init; }

    /// <summary>What the token endpoint said; null: it was not the one to refuse.</summary>
    internal TokenRefusal? Refusal { get; init; }
}
