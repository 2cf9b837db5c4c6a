using System.CommandLine;

namespace MailIngest.Commands;

/// <summary>The verbs, their options, and the help that a person can use.</summary>
static partial class CommandLine
{
    static readonly Option<FileInfo> Settings = new("--settings", "-s")
    {
        Description = "The settings file.",
        DefaultValueFactory = _ => new FileInfo("appsettings.json"),
        HelpName = "FILE",
        Recursive = true,
    };

    static readonly Option<string[]> Mailbox = new("--mailbox", "-m")
    {
        Description = "Only this mailbox; may be given several times.",
        AllowMultipleArgumentsPerToken = true,
        HelpName = "NAME",
    };

    /// <summary>Runs what the arguments ask for.</summary>
    /// <returns>The exit code (sysexits); 64 when the arguments cannot be understood.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        var parsed = Root().Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
                await Console.Error.WriteLineAsync(error.Message);
            await Console.Error.WriteLineAsync("See: MailIngest --help");
            return ExitCode.Usage;
        }
        return await parsed.InvokeAsync(
            new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
    }

    static RootCommand Root()
    {
        var root = new RootCommand(
            """
            Moves mail from POP3 mailboxes into blob storage, byte for byte. A message leaves the server only after its copy is durable.

            Exit codes: 0 done; 1 an audit found something; 64 wrong usage; 69 a mail server is unreachable; 70 a bug or a
            damaged ledger; 73 the store or the ledger cannot be written; 75 something is left for the next run; 77 a sign-in was refused; 78 the configuration is wrong.
            """)
        {
            Once(), Run(), Status(), Check(), Audit(), Quarantine(), Seed(), Forget(), Demo(),
        };
        root.Options.Add(Settings);
        return root;
    }

    static Command Once()
    {
        var dryRun = new Option<bool>("--dry-run")
        {
            Description = "Only sign in and list, and print what a poll would do with each message, and why: nothing is fetched, "
                + "deleted or written.",
        };
        var otlp = new Option<bool>("--otlp") { Description = "Push metrics and traces to telemetry.otlpEndpoint at the end." };
        var command = new Command("once", "Polls every mailbox once and exits: for cron, systemd timers and Kubernetes CronJobs.")
            { Mailbox, dryRun, otlp };
        command.SetAction((parsed, _) => parsed.GetValue(dryRun)
            ? DryRun.RunAsync(parsed.GetValue(Settings)!, parsed.GetValue(Mailbox)!)
            : OnceCommand.RunAsync(parsed.GetValue(Settings)!, parsed.GetValue(Mailbox)!, parsed.GetValue(otlp)));
        return command;
    }

    static Command Check()
    {
        var connect = new Option<bool>("--connect")
        {
            Description = "Also sign in to every mailbox, show what the server offers and holds, and write, read and remove a probe blob.",
        };
        var command = new Command("check",
            "Validates every configuration file; all that is wrong at once, each with file, line and remedy.") { connect, Mailbox };
        command.SetAction((parsed, _) =>
            CheckCommand.RunAsync(parsed.GetValue(Settings)!, parsed.GetValue(Mailbox)!, parsed.GetValue(connect)));
        return command;
    }

    static Command Demo()
    {
        var folder = new Option<DirectoryInfo?>("--folder")
        {
            Description = "Where the demo puts its mail. Default: a new folder among the temporary files.",
            HelpName = "FOLDER",
        };
        var command = new Command("demo",
            "Serves a sample maildrop on loopback and ingests it into a folder: the whole product, offline, in seconds.") { folder };
        command.SetAction((parsed, _) => DemoCommand.RunAsync(parsed.GetValue(folder)));
        return command;
    }

    static Command Run()
    {
        var command = new Command("run", "Polls every mailbox by its schedule until it is told to stop.") { Mailbox };
        command.SetAction((parsed, _) => RunCommand.RunAsync(parsed.GetValue(Settings)!, parsed.GetValue(Mailbox)!));
        return command;
    }
}
