using System.Globalization;
using MailIngest.Commands;
using MailIngest.Settings;
using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Formatting;
using Serilog.Formatting.Compact;
using Serilog.Formatting.Display;

namespace MailIngest;

/// <summary>The only place that knows Serilog: log lines as text for people or as JSON for collectors, to standard output.</summary>
static class Logging
{
    const string Text = "{Timestamp:yyyy-MM-dd HH:mm:ss.fff zzz} {Level:u3} {Message:lj}{NewLine}{Exception}";

    /// <param name="terminal">The progress line to write above, or null.</param>
    public static ILoggerFactory Create(LogSettings settings, TerminalLine? terminal)
    {
        ITextFormatter format = settings.Format == LogFormat.Json
            ? new RenderedCompactJsonFormatter()
            : new MessageTemplateTextFormatter(Text, CultureInfo.InvariantCulture);
        var logger = new LoggerConfiguration()
            .MinimumLevel.Is(LevelConvert.ToSerilogLevel(settings.Level))
            .WriteTo.Sink(new StandardOutput(format, terminal))
            .CreateLogger();
        return new SerilogLoggerFactory(logger, dispose: true);
    }

    sealed class StandardOutput(ITextFormatter format, TerminalLine? terminal) : ILogEventSink
    {
        readonly Lock _gate = new();

        public void Emit(LogEvent logEvent)
        {
            if (terminal is null)
                Write(logEvent);
            else
                terminal.Above(() => Write(logEvent));
        }

        void Write(LogEvent logEvent)
        {
            lock (_gate)
            {
                format.Format(logEvent, Console.Out);
                Console.Out.Flush();
            }
        }
    }
}
