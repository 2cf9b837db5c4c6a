using MailIngest.Simulation.Scheduling;
using Microsoft.Extensions.Logging;

namespace MailIngest.Simulation;

/// <summary>What a worker would tell its operator, where something is wrong.</summary>
sealed class SimulatedLog(World world, string worker) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
            return;
        world.Log.Add(worker, $"{eventId.Name}: {formatter(state, exception)}");
        if (exception is not null and not SimulationException)
            world.Log.Add(worker, exception.ToString().ReplaceLineEndings(" | "));
    }
}
