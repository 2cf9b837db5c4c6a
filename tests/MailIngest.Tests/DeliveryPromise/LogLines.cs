using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace MailIngest.Tests.DeliveryPromise;

/// <summary>Keeps every line that the poll logs.</summary>
sealed class LogLines : ILogger
{
    public ConcurrentQueue<(EventId Event, string Text)> Lines { get; } = new();

    /// <summary>Runs at each line, before the poll goes on.</summary>
    public Action<EventId>? At { get; set; }

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        Lines.Enqueue((eventId, formatter(state, exception)));
        At?.Invoke(eventId);
    }
}
