using MailIngest.Pop3.Server;
using MailIngest.SystemTests.Corpus;
using MailIngest.SystemTests.Worker;
using Xunit;

namespace MailIngest.SystemTests.Operator;

/// <summary><c>quarantine</c>: looked at, released one by one, exported to be read by a person; never lost by that.</summary>
public sealed class QuarantineTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    static string[] Files(string folder) => Directory.Exists(folder) ? Directory.GetFiles(folder) : [];

    [Fact]
    public async Task An_exported_message_is_the_octets_of_the_server_and_stays_there()
    {
        await using var office = new Office();
        var message = await office.QuarantineAsync();
        office.Deliver();
        var folder = Path.Combine(office.Place.Folder, "look");

        (await office.RunAsync("quarantine", "export", "--mailbox", "office", "--folder", folder)).Ended(ExitCode.Done)
            .Said("octets are in", "stays on the server");

        var file = Assert.Single(Files(folder));
        Assert.Equal(Wire.Sha256(message.ToArray()), Wire.Sha256(await File.ReadAllBytesAsync(file, Stop)));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Matches("^office-[0-9a-f]{16}-0\\.eml$", Path.GetFileName(file));
        await office.Server.Events.SessionsClosedAsync(Stop);
        Assert.Single(office.Server.Events.Commands("RETR"));
        Assert.Empty(office.Server.Events.Commands("DELE"));
        Assert.Empty(office.Server.Events.Commands("QUIT"));
        Assert.Equal(2, office.Maildrop.Count);

        (await office.RunAsync("quarantine", "export", "--mailbox", "office", "--folder", folder)).Ended(ExitCode.Temporary)
            .Said("exists already and was not changed");
        (await office.RunAsync("quarantine", "release")).Ended(ExitCode.Done).Said("released");
        (await office.RunAsync("once")).Ended(ExitCode.Done);
        Assert.Equal(2, (await office.Place.Blobs.ReadAsync(Stop)).Count);
    }

    [Fact]
    public async Task A_server_that_removes_what_was_retrieved_removes_nothing()
    {
        await using var office = new Office();
        await office.QuarantineAsync();
        await office.RestartServerAsync(FaultScript.None.At("QUIT").RemovesRetrieved());
        (await office.RunAsync("quarantine", "export", "--mailbox", "office", "--folder", Path.Combine(office.Place.Folder, "look")))
            .Ended(ExitCode.Done);
        await office.Server.Events.SessionsClosedAsync(Stop);
        Assert.Equal(1, office.Maildrop.Count);
    }

    [Fact]
    public async Task A_truncated_or_vanished_message_is_told()
    {
        await using var office = new Office();
        var message = await office.QuarantineAsync();
        var folder = Path.Combine(office.Place.Folder, "look");
        await office.RestartServerAsync(FaultScript.None.At("RETR").TruncatesTo(20));
        (await office.RunAsync("quarantine", "export", "--mailbox", "office", "--folder", folder)).Ended(ExitCode.Done)
            .Said("truncated by the server");
        office.Maildrop.Remove(message);
        (await office.RunAsync("quarantine", "export", "--mailbox", "office", "--folder", folder)).Ended(ExitCode.Temporary)
            .Said("not on the server any more");
    }

    [Fact]
    public async Task A_connection_that_breaks_leaves_what_came()
    {
        await using var office = new Office();
        await office.QuarantineAsync();
        var folder = Path.Combine(office.Place.Folder, "look");
        await office.RestartServerAsync(FaultScript.None.At("RETR").CutAfterOctets(60));
        (await office.RunAsync("quarantine", "export", "--mailbox", "office", "--folder", folder)).Failed()
            .Said("ended after", "what came is in");
        Assert.Single(Files(folder));
    }

    [Fact]
    public async Task One_message_is_named_by_its_unique_id_however_hostile_it_is()
    {
        await using var office = new Office();
        var folder = Path.Combine(office.Place.Folder, "look");
        await office.QuarantineAsync("../../evil");
        (await office.RunAsync("quarantine", "release", "--unique-id", "another")).Ended(ExitCode.Usage)
            .Said("No quarantined message has the unique-id another");
        (await office.RunAsync("quarantine", "export", "--mailbox", "office", "--unique-id", "../../evil", "--folder", folder))
            .Ended(ExitCode.Done);
        Assert.Matches("^office-[0-9a-f]{16}-0\\.eml$", Path.GetFileName(Assert.Single(Files(folder))));
        (await office.RunAsync("quarantine", "release", "--unique-id", "../../evil")).Ended(ExitCode.Done).Said("released");
        (await office.RunAsync("quarantine", "export", "--mailbox", "office", "--folder", folder)).Ended(ExitCode.Done)
            .Said("nothing to export");
    }
}
