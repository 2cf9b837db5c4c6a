namespace MailIngest.Pop3.Server;

/// <summary>Holds users to the time between two successful sign-ins that LOGIN-DELAY announces (RFC 2449 §6.5).</summary>
sealed class LoginDelay(TimeSpan? least, TimeProvider clock)
{
    readonly Lock _gate = new();
    readonly Dictionary<string, long> _lastSignIn = new(StringComparer.Ordinal);

    public bool IsOver(string user)
    {
        lock (_gate)
            return least is not { } delay || !_lastSignIn.TryGetValue(user, out var last) || clock.GetElapsedTime(last) >= delay;
    }

    public void SignedIn(string user)
    {
        lock (_gate)
            _lastSignIn[user] = clock.GetTimestamp();
    }
}
