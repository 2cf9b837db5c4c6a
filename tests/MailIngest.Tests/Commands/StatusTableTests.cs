using System.Text.Json;
using MailIngest.Commands;
using MailIngest.Ledger;
using MailIngest.Status;
using Xunit;

namespace MailIngest.Tests.Commands;

/// <summary>What <c>status</c> prints.</summary>
public class StatusTableTests
{
    static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    static MailboxStatus Of(string name, MailboxState state, string? error = null, Unstored? unstored = null, int failures = 0) =>
        new(name, state, Now.AddMinutes(-4), Now.AddMinutes(-4), null, failures, unstored ?? Unstored.None, error, null);

    [Fact]
    public void The_worst_mailbox_comes_first_and_a_line_sums_up()
    {
        MailboxStatus[] mailboxes = [.. ((MailboxStatus[])
        [
            Of("z-fine", MailboxState.Ok), Of("a-fine", MailboxState.Ok), Of("off", MailboxState.Disabled),
                Of("new", MailboxState.New) with { LastSuccess = null },
            Of("down", MailboxState.Failing, "no route to host", new(12, 1_234_567, Now.AddDays(-3), 0), failures: 7),
            Of("locked", MailboxState.Suspended), Of("aside", MailboxState.Attention, unstored: new(0, 0, null, 2)),
            Of("busy", MailboxState.Polling) with { NextPoll = Now.AddSeconds(90) },
        ]).OrderWorstFirst()];

        Assert.Equal(
            """
            MAILBOX  STATE        LAST SUCCESS  NEXT POLL  BACKLOG       OLDEST  QUARANTINED
            locked   suspended    4 min ago     -          0             -       0
                its sign-ins were refused; it is left alone until its file or its secret changes
            down     failing (7)  4 min ago     -          12 (1.2 MiB)  3 d     0
                no route to host
            aside    attention    4 min ago     -          0             -       2
                quarantined messages wait for a person; see: MailIngest quarantine list --mailbox aside
            a-fine   ok           4 min ago     -          0             -       0
            busy     polling      4 min ago     running    0             -       0
            new      new          never         -          0             -       0
            z-fine   ok           4 min ago     -          0             -       0
            off      disabled     4 min ago     -          0             -       0

            8 mailboxes: 1 suspended, 1 failing, 1 attention, 1 new, 1 polling, 2 ok, 1 disabled; messages not stored yet: 12, quarantined: 2

            """,
            StatusTable.Text(mailboxes, Now, int.MaxValue));
    }

    [Fact]
    public void What_a_server_said_cannot_move_the_cursor_or_begin_a_line()
    {
        var text = StatusTable.Text([Of("a", MailboxState.Failing, "said \e[2J\r\nb  ok  now \u202e")], Now, int.MaxValue);
        Assert.DoesNotContain('\e', text);
        Assert.DoesNotContain('\r', text);
        Assert.DoesNotContain('\u202e', text);
        Assert.Equal(6, text.Split('\n').Length);
    }

    [Fact]
    public void Explanations_are_wrapped_to_the_terminal()
    {
        Assert.Equal(["one two", "three", "a-word-that-is-longer", "x"], StatusTable.Wrap("one two three a-word-that-is-longer x", 8));
        var lines = StatusTable.Text([Of("a", MailboxState.Failing, string.Join(' ', Enumerable.Repeat("word", 40)))], Now, 60).Split('\n');
        Assert.All(lines.Where(line => line.StartsWith(' ')), line => Assert.InRange(line.Length, 1, 60));
    }

    [Theory]
    [InlineData(MailboxState.Ok, false)]
    [InlineData(MailboxState.New, false)]
    [InlineData(MailboxState.Polling, false)]
    [InlineData(MailboxState.Disabled, false)]
    [InlineData(MailboxState.Attention, true)]
    [InlineData(MailboxState.Failing, true)]
    [InlineData(MailboxState.Suspended, true)]
    public void A_mailbox_that_fails_or_waits_for_a_person_needs_a_look(MailboxState state, bool look) =>
        Assert.Equal(look, Of("a", state).NeedsALook());

    [Fact]
    public void The_JSON_holds_the_same_facts()
    {
        using var json = JsonDocument.Parse(
            StatusJson.Text([Of("a", MailboxState.Failing, "said \e[2J", new(1, 2, Now.AddHours(-1), 3), failures: 4)], Now));
        var mailbox = json.RootElement.GetProperty("mailboxes")[0];
        Assert.Equal(("a", "failing", 4, 1, 3), (mailbox.GetProperty("mailbox").GetString(), mailbox.GetProperty("state").GetString(),
            mailbox.GetProperty("failures").GetInt32(), mailbox.GetProperty("unstoredMessages").GetInt32(),
                mailbox.GetProperty("quarantined").GetInt32()));
        Assert.Equal("2026-06-01T11:56:00Z", mailbox.GetProperty("lastSuccess").GetString());
        Assert.Equal(JsonValueKind.Null, mailbox.GetProperty("nextPoll").ValueKind);
        Assert.Equal("said \e[2J", mailbox.GetProperty("lastError").GetString());
    }
}
