using Azure.Core;
using Azure.Core.Pipeline;

namespace MailIngest.Blobs;

/// <summary>The client's retries for what can be repeated without harm; none for a request that is sent inside <see cref="Once"/>.</summary>
/// <param name="waits">How long it waits before each; null: the client's usual back-off.</param>
sealed class RepeatableOnly(DelayStrategy? waits = null) : RetryPolicy(maxRetries: 4, waits)
{
    const string Key = "MailIngest.Once";

    static readonly IDictionary<string, object?> _s_once = new Dictionary<string, object?> { [Key] = true };

    /// <summary>Requests of this flow of control are sent once, until it is disposed: a repeated create-only request is answered with "exists" although
    /// it was its own first try that succeeded.</summary>
    internal static IDisposable Once() => HttpPipeline.CreateHttpMessagePropertiesScope(_s_once);

    /// <inheritdoc/>
    protected override bool ShouldRetry(HttpMessage message, Exception? exception) => !IsOnce(message) && base.ShouldRetry(message, exception);

    /// <inheritdoc/>
    protected override ValueTask<bool> ShouldRetryAsync(HttpMessage message, Exception? exception) =>
        IsOnce(message) ? ValueTask.FromResult(false) : base.ShouldRetryAsync(message, exception);

    static bool IsOnce(HttpMessage message) => message.TryGetProperty(Key, out _);
}
