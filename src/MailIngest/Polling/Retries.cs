using System.Net.Sockets;
using MailIngest.Blobs;
using MailIngest.Pop3;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;

namespace MailIngest.Polling;

/// <summary>
/// Every retry, wait and breaker of the worker. Only the opening of a session is repeated, because only that can be: a half-read RETR is
/// never tried again in place (the next session is its retry), and the blob stores repeat what is idempotent themselves. Where waiting is
/// the cure for the mailbox, its next poll waits (<see cref="BackOff(int, TimeSpan)"/>); where the store is down, all wait (<see
/// cref="StoreProblemAsync"/>).
/// </summary>
public sealed class Retries
{
    /// <summary>No failing mailbox waits longer for its next poll.</summary>
    public static readonly TimeSpan Ceiling = TimeSpan.FromHours(1);

    /// <summary>
    /// So many failures of the store in a row, no success between them, put it in doubt: then it is tried out, and its breaker opens only
    /// when that fails as well. One message that the store will not take silences nobody else.
    /// </summary>
    public const int StoreFailures = 5;

    static readonly TimeSpan FirstBreak = TimeSpan.FromSeconds(30);
    static readonly TimeSpan LongestBreak = TimeSpan.FromMinutes(5);
    static readonly TimeSpan ProbeTime = TimeSpan.FromSeconds(30);

    readonly TimeProvider _clock;
    readonly ResiliencePipeline _open;
    readonly Lazy<ResiliencePipeline> _store; // few workers ever need it, and Polly validates by reflection: a millisecond
    readonly CircuitBreakerStateProvider _circuit = new();
    readonly Func<double> _random;
    readonly Lock _gate = new();
    Task<StoreTrouble?>? _probing;
    int _failuresInARow;
    int _breaks;
    volatile string _saidLast = "";

    /// <param name="clock">Measures every wait.</param>
    public Retries(TimeProvider clock) : this(clock, clock)
    {
    }

    /// <summary>The same with a clock of its own for the waits before a sign-in is repeated, for tests whose time stands still.</summary>
    /// <param name="random">Spreads those waits: from 0 to below 1, each time another.</param>
    internal Retries(TimeProvider clock, TimeProvider waits, Func<double>? random = null)
    {
        _clock = clock;
        _random = random ?? Random.Shared.NextDouble;
        _open = new ResiliencePipelineBuilder { TimeProvider = waits }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = 2,
                ShouldHandle = new PredicateBuilder().Handle<Exception>(MayHelp),
                DelayGenerator = retry => ValueTask.FromResult<TimeSpan?>(OpenAgainAfter(retry.AttemptNumber, retry.Outcome.Exception)),
            })
            .Build();
        // Polly judges ratios over a time, which hours of success would dilute. "In a row" is counted here, and it hears of the verdict
        // only.
        _store = new(() => new ResiliencePipelineBuilder { TimeProvider = clock }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                FailureRatio = 1,
                MinimumThroughput = 2,
                SamplingDuration = TimeSpan.FromSeconds(1),
                StateProvider = _circuit,
                ShouldHandle = new PredicateBuilder().Handle<BlobStoreException>(),
                BreakDurationGenerator = _ => ValueTask.FromResult(BackOff(++_breaks, FirstBreak, LongestBreak)),
            })
            .Build());
    }

    /// <summary>
    /// How long a mailbox is left alone after so many failed polls in a row: the first time so long, then twice as long each time, an
    /// hour at most.
    /// </summary>
    public static TimeSpan BackOff(int failures, TimeSpan first) => BackOff(failures, first, Ceiling);

    /// <summary>Opens a session. A connection that fails on the way to the sign-in is tried again within seconds, twice; so is a busy
    /// maildrop, most often our own session that was dropped a moment ago, and a server in passing trouble, with longer waits.</summary>
    public ValueTask<MaildropSession?> OpenAsync(Func<CancellationToken, ValueTask<MaildropSession?>> open, CancellationToken stop) =>
        ExecuteAsync(_open, open, stop);

    /// <summary>Why the store is left alone now, or null. Asked without waiting.</summary>
    public string? StoreProblem => _circuit.CircuitState == CircuitState.Closed ? null : _saidLast;

    /// <summary>
    /// The store has answered a request: null when it did what it was asked. Only counts: whoever asks next finds out what it means.
    /// </summary>
    public void StoreAnswered(BlobStoreException? failure)
    {
        if (failure is null)
        {
            Volatile.Write(ref _failuresInARow, 0);
            Volatile.Write(ref _breaks, 0);
            return;
        }
        Interlocked.Increment(ref _failuresInARow);
    }

    /// <summary>After a break the first failure is enough.</summary>
    bool IsInDoubt => Volatile.Read(ref _failuresInARow) is > 0 and var failures && (failures >= StoreFailures || Volatile.Read(ref _breaks) > 0);

    /// <summary>
    /// Whether anything can be stored now; asked before a mailbox is signed in to. When the store is in doubt, or a break is over, the
    /// probe goes out, one for all who ask meanwhile, and its answer is the answer.
    /// </summary>
    /// <param name="probe">Writes something small; throws <see cref="BlobStoreException"/>.</param>
    /// <param name="stop">Gives up waiting for it.</param>
    internal async ValueTask<StoreTrouble?> StoreProblemAsync(Func<CancellationToken, Task> probe, CancellationToken stop)
    {
        Task<StoreTrouble?> probing;
        lock (_gate)
        {
            if (_probing is { IsCompleted: false } under)
                probing = under;
            else if (_circuit.CircuitState == CircuitState.Closed && !IsInDoubt)
                return null;
            else
                probing = _probing = AnswerAsync(probe);
        }
        return await probing.WaitAsync(stop);
    }

    /// <summary>The only place where the breaker changes, and it runs once at a time.</summary>
    async Task<StoreTrouble?> AnswerAsync(Func<CancellationToken, Task> probe)
    {
        await Task.Yield(); // whoever holds the lock does not wait for the store
        return _circuit.CircuitState == CircuitState.Closed ? await TryOutAsync(probe) : await TryAgainAsync(probe);
    }

    /// <summary>The store is in doubt. A success is not told to Polly, for whom it would weigh against the failures.</summary>
    async Task<StoreTrouble?> TryOutAsync(Func<CancellationToken, Task> probe)
    {
        try
        {
            await InTimeAsync(probe);
            Volatile.Write(ref _failuresInARow, 0);
            return null;
        }
        catch (BlobStoreException failure)
        {
            _saidLast = failure.Message;
            // As often as its least throughput; once more where its sampling time has just turned over.
            for (var told = 0; told < 4 && _circuit.CircuitState == CircuitState.Closed; told++)
                await TellAsync(failure);
            return new(failure.Message, _clock.GetUtcNow() + BackOff(Volatile.Read(ref _breaks), FirstBreak, LongestBreak));
        }
    }

    /// <summary>The breaker is open: the probe goes out when its break is over.</summary>
    async Task<StoreTrouble?> TryAgainAsync(Func<CancellationToken, Task> probe)
    {
        try
        {
            await ExecuteAsync(_store.Value, async _ =>
            {
                await InTimeAsync(probe);
                return true;
            }, CancellationToken.None);
            Volatile.Write(ref _failuresInARow, 0);
            return null;
        }
        catch (BrokenCircuitException open)
        {
            return new(_saidLast, _clock.GetUtcNow() + (open.RetryAfter ?? FirstBreak));
        }
        catch (BlobStoreException failure)
        {
            _saidLast = failure.Message;
            return new(failure.Message, _clock.GetUtcNow() + BackOff(Volatile.Read(ref _breaks), FirstBreak, LongestBreak));
        }
    }

    async Task InTimeAsync(Func<CancellationToken, Task> probe)
    {
        using var late = new CancellationTokenSource(ProbeTime, _clock);
        try
        {
            await probe(late.Token);
        }
        catch (OperationCanceledException)
        {
            throw new BlobStoreException(
                $"The blob store has not answered for {ProbeTime.TotalSeconds} s; check it and the network.", null, isTransient: true);
        }
    }

    async Task TellAsync(BlobStoreException failure)
    {
        try
        {
            await ExecuteAsync(_store.Value, _ => ValueTask.FromException<bool>(failure), CancellationToken.None);
        }
        catch (BlobStoreException)
        {
            // What was told comes back.
        }
    }

    /// <summary>Polly leaves the caller's synchronization context unless told to stay: the simulation's whole time is in it.</summary>
    static async ValueTask<T> ExecuteAsync<T>(
        ResiliencePipeline pipeline, Func<CancellationToken, ValueTask<T>> work, CancellationToken stop)
    {
        var context = ResilienceContextPool.Shared.Get(continueOnCapturedContext: true, stop);
        try
        {
            return await pipeline.ExecuteAsync(static (context, work) => work(context.CancellationToken), context, work);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    static TimeSpan BackOff(int failures, TimeSpan first, TimeSpan ceiling) =>
        TimeSpan.FromSeconds(Math.Min(first.TotalSeconds * Math.Pow(2, Math.Clamp(failures, 1, 64) - 1), ceiling.TotalSeconds));

    TimeSpan OpenAgainAfter(int retry, Exception? failure) =>
        TimeSpan.FromSeconds((failure is Pop3RefusedException ? 5 : 1) * (1 << retry) * (0.75 + (_random() / 2)));

    /// <summary>
    /// A refusal is repeated only when its code says that the credentials were right or not looked at, and that it passes: a wrong password
    /// must not lock the account, and [LOGIN-DELAY] wants minutes. A greeting that refuses is a whole server in trouble: the next poll.
    /// </summary>
    static bool MayHelp(Exception exception) => exception switch
    {
        Pop3RefusedException { Command: "greeting" } or Pop3RefusedException { Reply.Code: null } => false,
        Pop3RefusedException { Reply.Code: { } code } => code.Is(ResponseCode.InUse) || code.Is(ResponseCode.SysTemp),
        IOException { InnerException: SocketException { SocketErrorCode: SocketError.HostNotFound } } => false,
        Pop3ProtocolException protocol => protocol.ConnectionLost,
        _ => exception is IOException or TimeoutException,
    };
}
