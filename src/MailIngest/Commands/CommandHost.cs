using MailIngest.Blobs;
using MailIngest.Ledger;
using MailIngest.Mailboxes;
using MailIngest.Settings;
using MailIngest.Telemetry;
using MailIngest.Web;
using Microsoft.Extensions.Logging;

namespace MailIngest.Commands;

/// <summary>
/// What the verbs that work on a configuration have in common: read it, log by it, and turn every failure into a sentence and an exit code.
/// </summary>
static class CommandHost
{
    /// <param name="settings">The settings file.</param>
    /// <param name="names">The mailboxes asked for; none: all that are enabled.</param>
    /// <param name="terminal">The progress line, or null.</param>
    /// <param name="command">The verb's work; returns its exit code.</param>
    public static async Task<int> RunAsync(
        FileInfo settings, IReadOnlyList<string> names, TerminalLine? terminal,
        Func<Configuration, IReadOnlyList<Mailbox>, ILoggerFactory, Interruption, Task<int>> command)
    {
        Configuration configuration;
        try
        {
            configuration = await Configuration.ReadAsync(settings.ToString(), CancellationToken.None);
        }
        catch (ConfigurationException wrong)
        {
            await SayAsync(wrong);
            return ExitCode.Configuration;
        }
        if (Unknown(configuration, names) is { } unknown)
        {
            await Console.Error.WriteLineAsync(unknown);
            return ExitCode.Usage;
        }

        using var logs = Logging.Create(configuration.Settings.Log, terminal);
        var log = logs.CreateLogger("MailIngest");
        foreach (var warning in configuration.Warnings)
            log.ConfigurationWarning(warning.ToString());

        TaskScheduler.UnobservedTaskException += Unobserved;
        using var interruption = new Interruption(configuration.Settings.Run.ShutdownGrace, TimeProvider.System, log, Environment.Exit);
        try
        {
            return await command(configuration, Chosen(configuration.Mailboxes, names), logs, interruption);
        }
        catch (Exception exception) when (CodeOf(exception) is { } code)
        {
            log.WorkerFailed(exception.Message);
            return code;
        }
        catch (Exception bug)
        {
            log.Bug(bug);
            return ExitCode.Software;
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= Unobserved;
        }

        void Unobserved(object? _, UnobservedTaskExceptionEventArgs lost) => Tell(log, lost);
    }

    /// <summary>A task failed and nobody looked: without this, nobody ever would.</summary>
    internal static void Tell(ILogger log, UnobservedTaskExceptionEventArgs lost)
    {
        lost.SetObserved();
        log.Unobserved(lost.Exception);
        Instruments.InvariantViolations.Add(1);
    }

    static int? CodeOf(Exception exception) => exception switch
    {
        BlobStoreException store => ExitCode.Of(store),
        LedgerException ledger => ExitCode.Of(ledger),
        SecretException => ExitCode.Configuration,
        WebServerException => ExitCode.CannotCreate,
        OperationCanceledException => ExitCode.Temporary,
        _ => null,
    };

    static async Task SayAsync(ConfigurationException wrong)
    {
        foreach (var problem in wrong.Problems)
            await Console.Error.WriteLineAsync(problem.ToString());
        foreach (var warning in wrong.Warnings)
            await Console.Error.WriteLineAsync($"warning: {warning}");
        await Console.Error.WriteLineAsync($"{Plural.Of(wrong.Problems.Count, "problem")}; nothing was polled.");
    }

    static string? Unknown(Configuration configuration, IReadOnlyList<string> names)
    {
        var known = configuration.Mailboxes.Select(mailbox => mailbox.Id).ToList();
        var unknown = names.Except(known, StringComparer.Ordinal).ToList();
        return unknown.Count == 0 ? null
            : $"There is no mailbox {string.Join(", ", unknown)} in {configuration.Settings.MailboxFolder}; "
                + $"there is {string.Join(", ", known)}.";
    }

    /// <summary>The mailboxes with these names; without names, all that are enabled.</summary>
    public static IReadOnlyList<Mailbox> Chosen(IReadOnlyList<Mailbox> mailboxes, IReadOnlyList<string> names) =>
        [.. mailboxes.Where(mailbox => names.Count > 0 ? names.Contains(mailbox.Id, StringComparer.Ordinal) : mailbox.Enabled)];
}
