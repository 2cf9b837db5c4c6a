using System.Collections.Concurrent;

namespace MailIngest.Tokens;

/// <summary>The tokens of this process. Nothing of them is ever written.</summary>
public sealed class TokenSources : IAsyncDisposable
{
    /// <summary>Answers are a few thousand octets.</summary>
    const int MostOctets = 256 * 1024;

    readonly ConcurrentDictionary<string, TokenSource> _sources = new(StringComparer.Ordinal);
    readonly TimeProvider _clock;
    readonly Lazy<HttpClient> _http; // most workers have passwords only

    public TokenSources(TimeProvider clock)
        // A redirection would carry the secret to somebody else.
        : this(clock, () => new SocketsHttpHandler
        {
            AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        })
    {
    }

    /// <summary>The same by another way than the network.</summary>
    internal TokenSources(TimeProvider clock, Func<HttpMessageHandler> handler)
    {
        _clock = clock;
        _http = new(() => new(handler()) { MaxResponseContentBufferSize = MostOctets, Timeout = Timeout.InfiniteTimeSpan });
    }

    /// <summary>A token that a sign-in may begin with.</summary>
    /// <param name="grant">How to get one.</param>
    /// <param name="refused">Not this one: the mail server does not take it.</param>
    /// <param name="stop">Ends the wait.</param>
    /// <exception cref="TokenException">There is none to be had.</exception>
    internal Task<AccessToken> TakeAsync(TokenGrant grant, AccessToken? refused, CancellationToken stop) =>
        _sources.GetOrAdd(grant.Key, _ => new(_http.Value, _clock)).TakeAsync(grant, refused, stop);

    /// <summary>Waits for the requests under way: an answer that is not heard may hold the only refresh token.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_sources.Values.Select(source => source.SettledAsync()));
        if (_http.IsValueCreated)
            _http.Value.Dispose();
    }
}
