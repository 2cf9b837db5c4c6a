namespace MailIngest.Tokens;

/// <summary>
/// The token of one credential, for all mailboxes that use it: kept until shortly before it expires, and asked for once at a time, whoever
/// waits for it.
/// </summary>
sealed class TokenSource(HttpClient http, TimeProvider clock)
{
    /// <summary>The longest that a request may take.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>After a failure that may pass, whoever asks within so long hears of it again, and the provider is left alone.</summary>
    static readonly TimeSpan Quiet = TimeSpan.FromSeconds(30);

    /// <summary>No provider's wish for patience counts for longer.</summary>
    static readonly TimeSpan MostPatience = TimeSpan.FromHours(1);

    readonly TokenErrand _errand = new(http, clock);
    readonly Lock _gate = new();
    AccessToken? _token;
    Task<AccessToken>? _asking;
    (TokenException Why, long Since, TimeSpan For)? _quiet;

    /// <summary>A token that a sign-in may begin with.</summary>
    /// <param name="grant">How to get one.</param>
    /// <param name="refused">Not this one: the mail server does not take it.</param>
    /// <param name="stop">Ends the wait. A request under way goes on: its answer may hold the only refresh token.</param>
    public Task<AccessToken> TakeAsync(TokenGrant grant, AccessToken? refused, CancellationToken stop)
    {
        Task<AccessToken> asking;
        lock (_gate)
        {
            if (_token is { } known && known != refused && known.IsFresh(clock))
                return Task.FromResult(known);
            if (_asking is { IsCompleted: false } under)
                asking = under;
            else if (_quiet is var (why, since, time) && clock.GetElapsedTime(since) < time)
                return Task.FromException<AccessToken>(why);
            else
            {
                asking = _asking = Task.Run(() => AskAsync(grant), CancellationToken.None);
                // Whoever waits is told; where nobody waits any more, a failure is no news.
                _ = asking.ContinueWith(
                    ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }
        }
        return asking.WaitAsync(stop);
    }

    /// <summary>Waits for the request under way, if there is one; whatever came of it.</summary>
    public Task SettledAsync()
    {
        lock (_gate)
            return (_asking ?? Task.CompletedTask).ContinueWith(
                ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    async Task<AccessToken> AskAsync(TokenGrant grant)
    {
        using var late = new CancellationTokenSource(Patience, clock);
        try
        {
            var token = await grant.AskAsync(_errand, late.Token);
            lock (_gate)
                (_token, _quiet) = (token, null);
            return token;
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested)
        {
            throw Remember(new(
                $"{grant.Way}: no answer within {Patience.TotalSeconds:0} seconds; check the network; the next poll tries again"));
        }
        catch (TokenException failure) when (!failure.IsRefused)
        {
            throw Remember(failure);
        }
    }

    TokenException Remember(TokenException failure)
    {
        var time = failure.Patience is { } wish ? TimeSpan.FromTicks(Math.Clamp(wish.Ticks, Quiet.Ticks, MostPatience.Ticks)) : Quiet;
        lock (_gate)
            _quiet = (failure, clock.GetTimestamp(), time);
        return failure;
    }
}
