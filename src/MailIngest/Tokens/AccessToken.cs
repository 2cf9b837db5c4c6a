namespace MailIngest.Tokens;

/// <summary>An OAuth 2.0 access token: in memory only, and never printed by accident.</summary>
public sealed class AccessToken
{
    /// <summary>It is replaced so long before it expires: a sign-in that begins with it ends with it.</summary>
    static readonly TimeSpan Early = TimeSpan.FromMinutes(5);

    readonly string _value;
    readonly long _asked;

    /// <param name="value">The token.</param>
    /// <param name="lifetime">As its giver counts it, from the request on; zero: unknown.</param>
    /// <param name="asked">When the request was sent, by the clock's timestamp: clocks that are wrong or jump change nothing.</param>
    internal AccessToken(string value, TimeSpan lifetime, long asked) => (_value, Lifetime, _asked) = (value, lifetime, asked);

    public TimeSpan Lifetime { get; }

    /// <summary>What the token says of itself; null where it says nothing that we can read.</summary>
    internal TokenClaims? Claims => TokenClaims.Read(_value);

    /// <summary>Whether a sign-in may begin with it. Half of a short life is enough; one of unknown length is used once.</summary>
    internal bool IsFresh(TimeProvider clock) =>
        clock.GetElapsedTime(_asked) < Lifetime - TimeSpan.FromTicks(Math.Min(Early.Ticks, Lifetime.Ticks / 2));

    /// <summary>The token itself, for the sign-in.</summary>
    internal string Reveal() => _value;

    public override string ToString() => "***";
}
