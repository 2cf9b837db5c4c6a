using MailIngest.Commands;
using MailIngest.Ledger;
using MailIngest.Tests.Polling;
using Xunit;

namespace MailIngest.Tests.Commands;

/// <summary>What the operator's verbs decide before they do anything.</summary>
public class OperatorDecisionTests
{
    [Fact]
    public void A_server_that_asked_for_patience_is_not_signed_in_to()
    {
        Assert.Null(MaildropVisit.Postponed(new(), A.Noon));
        Assert.Null(MaildropVisit.Postponed(new() { NotBefore = A.Noon }, A.Noon));
        Assert.Contains(
            "LOGIN-DELAY", MaildropVisit.Postponed(new() { NotBefore = A.Noon.AddMilliseconds(1) }, A.Noon), StringComparison.Ordinal);
    }

    [Fact]
    public void A_suspended_mailbox_is_not_signed_in_to_so_that_no_verb_locks_its_account()
    {
        Assert.Contains("might lock the account", MaildropVisit.Postponed(
            new() { SignInMark = "mark", SuspendedUntil = DateTimeOffset.MaxValue }, A.Noon), StringComparison.Ordinal);
        Assert.Null(MaildropVisit.Postponed(new() { SignInMark = "mark", SuspendedUntil = A.Noon }, A.Noon));
    }

    [Fact]
    public void Only_a_mailbox_that_is_configured_and_enabled_asks_for_a_yes()
    {
        var mailbox = A.Mailbox();
        Assert.NotNull(ForgetCommand.Refusal("sales", mailbox, [], yes: false));
        Assert.Null(ForgetCommand.Refusal("sales", mailbox, [], yes: true));
        Assert.Null(ForgetCommand.Refusal("sales", mailbox with { Enabled = false }, [], yes: false));
        Assert.Null(ForgetCommand.Refusal("sales", null, [], yes: false));
    }

    [Fact]
    public void The_refusal_tells_what_forgetting_would_do()
    {
        var refusal = ForgetCommand.Refusal(
            "sales", A.Mailbox(), [A.Stored("a"), A.Seeded("b"), A.Seeded("c"), A.Seen("d", quarantined: true)], yes: false)!;
        Assert.Contains("its 4 messages", refusal, StringComparison.Ordinal);
        Assert.Contains("store 2 messages seeded", refusal, StringComparison.Ordinal);
        Assert.Contains("try 1 quarantined message again", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_is_chosen_by_its_unique_id_as_it_is_or_as_it_is_shown()
    {
        LedgerRow[] rows = [A.Seen("plain"), A.Seen("\u0001odd"), A.Seen("\u0001odd", generation: 1), A.Seen(" octets:512")];
        Assert.Equal(4, QuarantineCommand.Chosen(rows, null).Count);
        Assert.Equal([rows[0]], QuarantineCommand.Chosen(rows, "plain"));
        Assert.Equal([rows[1], rows[2]], QuarantineCommand.Chosen(rows, "\\x01odd"));
        Assert.Equal([rows[3]], QuarantineCommand.Chosen(rows, "octets:512"));
        Assert.Empty(QuarantineCommand.Chosen(rows, "pl"));
    }

    [Fact]
    public void What_could_be_two_unique_ids_is_none_unless_one_is_exactly_it()
    {
        LedgerRow[] rows = [A.Seen("\\x01"), A.Seen("\u0001")];
        Assert.Equal([rows[0]], QuarantineCommand.Chosen(rows, "\\x01"));
        Assert.Empty(QuarantineCommand.Chosen([A.Seen(new string('a', 300)), A.Seen(new string('a', 301))], new string('a', 199) + "…"));
    }

    [Fact]
    public void Exported_files_are_named_without_a_word_of_the_server_and_each_time_alike()
    {
        LedgerRow[] wanted = [A.Seen("../evil"), A.Seen("gone"), A.Seen(" octets:7")];
        var listing = A.Listing(("../evil", 100), (null, 7), (null, 7), (null, 8));

        var chosen = QuarantineExport.Choose(A.Mailbox(), listing, wanted).ToList();

        Assert.Equal([1, null, 2, 3], chosen.Select(one => one.Listed?.Number));
        Assert.All(chosen.Where(one => one.Listed is not null), one => Assert.Matches("^sales-[0-9a-f]{16}-0(-[12])?\\.eml$", one.File));
        Assert.Equal(4, chosen.Select(one => one.File).Distinct().Count());
        Assert.Equal(chosen, QuarantineExport.Choose(A.Mailbox(), listing, wanted));
    }
}
