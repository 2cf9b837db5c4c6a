using System.Text;
using System.Text.Json;
using MailIngest.Pop3.Server;
using MailIngest.SystemTests.Worker;
using Xunit;

namespace MailIngest.SystemTests.Operator;

/// <summary><c>status</c>, as a person and as a script read it.</summary>
public sealed class StatusTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Before_the_first_poll_a_mailbox_is_new_and_no_ledger_is_made()
    {
        await using var office = new Office();
        (await office.RunAsync("status")).Ended(ExitCode.Done).Said("MAILBOX", "STATE", "LAST SUCCESS", "NEXT POLL", "BACKLOG")
            .Said("office", "new", "never").Said("1 mailbox: 1 new");
        Assert.False(File.Exists(office.Place.LedgerFile));
        Assert.Empty(office.Server.Events);
    }

    [Fact]
    public async Task Help_names_the_verbs_of_the_person_on_duty_and_the_exit_code_of_an_audit()
    {
        using var place = new Workplace();
        var run = (await place.RunAsync(["--help"], Stop, settings: false)).Ended(ExitCode.Done).Said("1 an audit found something");
        Assert.All((string[])["status", "audit", "quarantine", "seed", "forget"], verb => run.Said(verb));
        (await place.RunAsync(["seed"], Stop)).Ended(ExitCode.Usage).Said("--mailbox");
    }

    [Fact]
    public async Task A_quarantined_message_asks_for_a_person()
    {
        await using var office = new Office();
        await office.QuarantineAsync();
        (await office.RunAsync("status")).Ended(ExitCode.Temporary).Said("office", "attention").Said("quarantined: 1");
        (await office.RunAsync("status", "--mailbox", "nobody")).Ended(ExitCode.Usage).Said("There is no mailbox nobody");
    }

    [Fact]
    public async Task For_scripts_it_is_JSON_whatever_the_log_has_to_say()
    {
        await using var office = new Office();
        office.Set("passwordFile", null);
        var file = Path.Combine(office.Place.MailboxFolder, "office.json");
        var text = (await File.ReadAllTextAsync(file, Stop))
            .Replace("\"passwordFile\":null", "\"password\":\"x\"", StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, text, Stop); // which is warned of

        var run = (await office.RunAsync("status", "--json")).Ended(ExitCode.Done).Said("is written into the file itself");

        var octets = new Utf8JsonReader(Encoding.UTF8.GetBytes(run.Output));
        using var json = JsonDocument.ParseValue(ref octets); // the log follows: it came from the other stream
        Assert.Equal("office", json.RootElement.GetProperty("mailboxes")[0].GetProperty("mailbox").GetString());
    }

    [Fact]
    public async Task While_a_poll_runs_the_mailbox_is_polling_and_a_verb_that_changes_something_waits()
    {
        await using var office = new Office(new() { ["timeout"] = "1h" });
        office.Deliver();
        await office.RestartServerAsync(FaultScript.None.At("RETR").StallBefore());
        using var poll = office.Place.StartOnce();
        await office.Server.Events.WaitForAsync(e => e.IsCommand("RETR"), Stop);

        (await office.RunAsync("status")).Ended(ExitCode.Done).Said("office", "polling", "running");
        (await office.RunAsync("seed", "--mailbox", "office")).Ended(ExitCode.Temporary).Said("a poll of this mailbox is running");
        (await office.RunAsync("forget", "--mailbox", "office", "--yes")).Ended(ExitCode.Temporary)
            .Said("a poll of this mailbox is running");

        poll.Kill();
        (await office.Place.EndAsync(poll, Stop)).Ended((ExitCode)137);
        (await office.RunAsync("status")).Ended(ExitCode.Done).Said("office", "new");
    }
}
