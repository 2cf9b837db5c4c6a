using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace MailIngest.Tests.Polling;

/// <summary>The lines that an operator would have read.</summary>
sealed class CapturedLog : ILogger
{
    readonly ConcurrentQueue<string> _lines = new();
    readonly ConcurrentQueue<Exception> _exceptions = new();

    public IReadOnlyCollection<string> Lines => _lines;

    /// <summary>The exceptions that were logged with them.</summary>
    public IReadOnlyCollection<Exception> Exceptions => _exceptions;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        _lines.Enqueue(formatter(state, exception));
        if (exception is not null)
            _exceptions.Enqueue(exception);
    }
}
