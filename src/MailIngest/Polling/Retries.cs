using System.Net.Sockets;
using MailIngest.Pop3;
using Polly;
using Polly.Retry;

namespace MailIngest.Polling;

/// <summary>
/// Every retry of the worker. Only the opening of a session is repeated, because only that can be: a half-read RETR is never tried again
/// in place (the next session is its retry), and the blob stores repeat what is idempotent themselves.
/// </summary>
public sealed class Retries
{
    readonly ResiliencePipeline _open;

    /// <param name="clock">Measures the delays: 1 s, then 3 s, each with jitter.</param>
    public Retries(TimeProvider clock) =>
        _open = new ResiliencePipelineBuilder { TimeProvider = clock }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = 2,
                Delay = TimeSpan.FromSeconds(1),
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                ShouldHandle = new PredicateBuilder().Handle<Exception>(MayHelp),
            })
            .Build();

    /// <summary>How long a mailbox is left alone after so many failed polls in a row: the first time, then twice as long each time, up to an hour.</summary>
    public static TimeSpan BackOff(int failures, TimeSpan first) =>
        TimeSpan.FromSeconds(Math.Min(first.TotalSeconds * Math.Pow(2, Math.Max(0, failures - 1)), 3600));

    /// <summary>Opens a session; a connection that fails on the way to the sign-in is tried again.</summary>
    public ValueTask<MaildropSession> OpenAsync(Func<CancellationToken, ValueTask<MaildropSession>> open, CancellationToken stop) =>
        _open.ExecuteAsync(open, stop);

    /// <summary>
    /// A refusal is never repeated here, whatever it says: a wrong password must not lock the account, and a busy maildrop or a server in
    /// trouble is not better off within seconds.
    /// </summary>
    static bool MayHelp(Exception exception) =>
        exception is SocketException { SocketErrorCode: not SocketError.HostNotFound } or IOException or TimeoutException
            or Pop3ProtocolException { ConnectionLost: true };
}
