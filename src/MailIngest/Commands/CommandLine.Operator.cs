using System.CommandLine;

namespace MailIngest.Commands;

/// <summary>The verbs of the person on duty.</summary>
static partial class CommandLine
{
    static readonly Option<string> OneMailbox = new("--mailbox", "-m") { Description = "The mailbox.", HelpName = "NAME", Required = true };

    static Option<string?> UniqueId(string description) => new("--unique-id") { Description = description, HelpName = "ID" };

    static Command Status()
    {
        var json = new Option<bool>("--json")
            { Description = "As one JSON object on standard output, for scripts; the log goes to standard error." };
        var command = new Command("status",
            "Shows each mailbox, the worst first: its state, last success, backlog, oldest message that is not stored, quarantined "
            + "messages, last error. Reads the ledger only, also while run works. "
            + "Exit code 75 when a mailbox fails, is suspended, or waits for a person.") { Mailbox, json };
        command.SetAction((parsed, _) =>
            StatusCommand.RunAsync(parsed.GetValue(Settings)!, parsed.GetValue(Mailbox)!, parsed.GetValue(json)));
        return command;
    }

    static Command Audit()
    {
        var verify = new Option<bool>("--verify")
            { Description = "Also read every blob and compare its octets with the SHA-256 that the ledger remembers." };
        var command = new Command("audit",
            "Compares what the server lists, what the ledger says and what the store holds; changes nothing, and may run beside run. "
            + "Prints what is lost, stored twice, orphaned or pending, each in a sentence. Exit code 1 when anything is lost, possibly "
            + "twice or orphaned.") { Mailbox, verify };
        command.SetAction((parsed, _) =>
            AuditCommand.RunAsync(parsed.GetValue(Settings)!, parsed.GetValue(Mailbox)!, parsed.GetValue(verify)));
        return command;
    }

    static Command Seed()
    {
        var undo = new Option<bool>("--undo")
            { Description = "Take it back: what is still on the server is new again, and the next poll ingests it." };
        var command = new Command("seed",
            "Marks what is on the server now as stored elsewhere, without fetching it: no poll fetches or deletes it, only newer mail "
            + "is ingested. For a new mailbox set \"enabled\": false, seed it, then enable it.") { OneMailbox, undo };
        command.SetAction((parsed, _) =>
            SeedCommand.RunAsync(parsed.GetValue(Settings)!, parsed.GetValue(OneMailbox)!, parsed.GetValue(undo)));
        return command;
    }

    static Command Forget()
    {
        var yes = new Option<bool>("--yes") { Description = "Even if the mailbox is configured and enabled." };
        var command = new Command("forget",
            "Removes a decommissioned mailbox from the ledger; its blobs and its server are not touched. If it is ever polled again, "
            + "what is still on the server is fetched again, recognised by its blobs and not stored twice.") { OneMailbox, yes };
        command.SetAction((parsed, _) =>
            ForgetCommand.RunAsync(parsed.GetValue(Settings)!, parsed.GetValue(OneMailbox)!, parsed.GetValue(yes)));
        return command;
    }

    static Command Quarantine()
    {
        var list = new Command("list", "Shows each quarantined message with the reason.") { Mailbox };
        list.SetAction((parsed, _) => QuarantineCommand.ListAsync(parsed.GetValue(Settings)!, parsed.GetValue(Mailbox)!));

        var one = UniqueId("Only the message with this unique-id, as list shows it.");
        var release = new Command("release", "Lets the quarantined messages be tried again by the next poll.") { Mailbox, one };
        release.SetAction((parsed, _) =>
            QuarantineCommand.ReleaseAsync(parsed.GetValue(Settings)!, parsed.GetValue(Mailbox)!, parsed.GetValue(one)));

        var folder = new Option<DirectoryInfo>("--folder")
            { Description = "Where the files go; each can be read by your account only.", HelpName = "DIR", Required = true };
        var export = new Command("export",
            "Copies quarantined messages from the server into files, octet for octet, to be looked at. They stay on the server: no "
                + "DELE and no QUIT is sent.")
            { OneMailbox, one, folder };
        export.SetAction((parsed, _) =>
            QuarantineExport.RunAsync(
                parsed.GetValue(Settings)!, parsed.GetValue(OneMailbox)!, parsed.GetValue(one), parsed.GetValue(folder)!));
        return new Command("quarantine", "Messages that failed too often or were put aside; they stay on their server.")
            { list, release, export };
    }
}
