using MailIngest.Pop3.Server;
using MailIngest.SystemTests.Worker;
using Xunit;

namespace MailIngest.SystemTests.Operator;

/// <summary><c>once --dry-run</c>: the plan in words, and nothing else.</summary>
public sealed class DryRunTests
{
    [Fact]
    public async Task It_prints_the_plan_and_fetches_deletes_and_writes_nothing()
    {
        await using var office = new Office();
        office.Deliver("first");

        (await office.RunAsync("once", "--dry-run")).Ended(ExitCode.Done).Said("office", "would fetch", "first", "then it is deleted")
            .Said("listed 1", "would fetch 1");

        office.AssertUntouched();
        Assert.False(File.Exists(office.Place.LedgerFile));
        Assert.False(Directory.Exists(((BlobFolder)office.Place.Blobs).Folder));
    }

    [Fact]
    public async Task It_says_what_the_next_poll_does_and_the_next_poll_does_it()
    {
        await using var office = new Office(new() { ["delete"] = false });
        office.Deliver("kept");
        (await office.RunAsync("once")).Ended(ExitCode.Done);
        office.Set("delete", true);
        office.Deliver("new");
        await office.RestartServerAsync(FaultScript.None);
        var before = await File.ReadAllBytesAsync(office.Place.LedgerFile, TestContext.Current.CancellationToken);

        (await office.RunAsync("once", "--dry-run")).Ended(ExitCode.Done).Said("would delete", "kept").Said("would fetch", "new")
            .Said("would fetch 1, would delete 1");
        office.AssertUntouched();
        Assert.NotEmpty(before);

        (await office.RunAsync("once")).Ended(ExitCode.Done);
        Assert.Single(office.Server.Events.Commands("RETR"));
        Assert.Equal(0, office.Maildrop.Count);
    }

    [Fact]
    public async Task A_refused_sign_in_is_tried_once()
    {
        await using var office = new Office();
        await File.WriteAllTextAsync(
            office.Place.PasswordFile("office"), "not-the-password-at-all\n", TestContext.Current.CancellationToken);
        (await office.RunAsync("once", "--dry-run")).Ended(ExitCode.SignInRefused).Said("office");
        Assert.Single(office.Server.Events.Commands("AUTH").Concat(office.Server.Events.Commands("PASS")));
    }
}
