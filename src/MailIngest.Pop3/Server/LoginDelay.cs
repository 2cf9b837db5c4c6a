namespace MailIngest.Pop3.Server;

/// <summary>Holds users to the time between two successful sign-ins that LOGIN-DELAY announces (RFC 2449 §6.5).</summary>
sealed class LoginDelay(TimeSpan? least, TimeProvider clock)
{
    readonly Lock gate = new();
    readonly Dictionary<string, long> lastSignIn = new(StringComparer.Ordinal);

    public bool IsOver(string user)
    {
        lock (gate)
            return least is not { } delay || !lastSignIn.TryGetValue(user, out var last) || clock.GetElapsedTime(last) >= delay;
    }

    public void SignedIn(string user)
    {
        lock (gate)
            lastSignIn[user] = clock.GetTimestamp();
    }
}
