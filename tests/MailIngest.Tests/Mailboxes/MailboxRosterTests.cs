using System.Diagnostics;
using MailIngest.Mailboxes;
using MailIngest.Tests.Settings;
using Xunit;

namespace MailIngest.Tests.Mailboxes;

/// <summary>Files that change while the worker runs: what is right takes effect, what is wrong is told and changes nothing.</summary>
public sealed class MailboxRosterTests : IDisposable
{
    readonly ConfigFolder _folder = new();

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Nothing_new_is_not_told()
    {
        Write("a", "b");
        var roster = await RosterAsync();

        Assert.Null(await roster.LookAsync(Stop));
        File.SetLastWriteTimeUtc(Path.Combine(_folder.Path, "mailboxes/a.json"), DateTime.UnixEpoch); // the octets count, not the times
        Assert.Null(await roster.LookAsync(Stop));
        Assert.Equal(["a", "b"], Ids(roster));
    }

    [Fact]
    public async Task Files_that_come_change_and_go_take_effect()
    {
        Write("a", "b", "c");
        var roster = await RosterAsync();
        Write("d");
        Write("b", "\"every\": \"7m\"");
        Remove("c");

        var change = await LookAsync(roster);

        Assert.Equal(["d"], change.Added);
        Assert.Equal(["b"], change.Changed);
        Assert.Equal(["c"], change.Removed);
        Assert.Equal(["a", "b", "d"], Ids(roster));
        Assert.Equal(TimeSpan.FromMinutes(7), roster.Mailboxes[1].Schedule.Every);
        Assert.Empty(change.Problems);
        Assert.Null(await roster.LookAsync(Stop));
    }

    [Fact]
    public async Task A_wrong_file_keeps_its_last_good_version_running_and_is_told_once_for_each_change()
    {
        Write("a", "b");
        var roster = await RosterAsync();
        var good = roster.Mailboxes[0];
        _folder.Write("mailboxes/a.json", "{ \"hots\": \"x\",\n \"every\": \"soon\" }");

        var change = await LookAsync(roster);
        Assert.Same(good, roster.Mailboxes[0]);
        Assert.Contains(change.NewProblems, problem => problem.ToString().Contains("a.json:1: hots", StringComparison.Ordinal));
        Assert.Contains(change.NewProblems, problem => problem.ToString().Contains("a.json:2: every", StringComparison.Ordinal));
        Assert.Equal(change.NewProblems, roster.Problems);
        Assert.Null(await roster.LookAsync(Stop)); // still wrong: said already

        _folder.Write("mailboxes/a.json", "{ \"hots\": \"y\",\n \"every\": \"soon\" }");
        Assert.Equal(change.NewProblems, (await LookAsync(roster)).NewProblems); // another change, wrong in the same way

        Write("a", "\"every\": \"7m\"");
        change = await LookAsync(roster);
        Assert.True(change.IsRightAgain);
        Assert.Equal(["a"], change.Changed);
        Assert.Empty(roster.Problems);
    }

    [Fact]
    public async Task A_wrong_file_that_gets_its_old_content_back_changes_nothing()
    {
        Write("a");
        var roster = await RosterAsync();
        _folder.Write("mailboxes/a.json", "{");
        await LookAsync(roster);
        Write("a");

        var change = await LookAsync(roster);

        Assert.True(change.IsRightAgain);
        Assert.Empty(change.Changed);
    }

    [Fact]
    public async Task A_new_file_that_is_wrong_has_no_mailbox_and_the_others_go_on()
    {
        Write("a");
        var roster = await RosterAsync();
        _folder.Write("mailboxes/z.json", "{ \"host\": ");
        Write("b");

        var change = await LookAsync(roster);

        Assert.Equal(["a", "b"], Ids(roster));
        Assert.All(change.NewProblems, problem => Assert.EndsWith("z.json", problem.File, StringComparison.Ordinal));
        Assert.NotEmpty(change.NewProblems);
    }

    [Fact]
    public async Task An_empty_or_missing_folder_keeps_everything_as_it_is()
    {
        Write("a", "b");
        var roster = await RosterAsync();

        Remove("a");
        Remove("b");
        Assert.Contains("holds no *.json", Assert.Single((await LookAsync(roster)).NewProblems).Message, StringComparison.Ordinal);
        Assert.Null(await roster.LookAsync(Stop));
        Directory.Delete(Path.Combine(_folder.Path, "mailboxes"));
        Assert.Contains("does not exist", Assert.Single((await LookAsync(roster)).NewProblems).Message, StringComparison.Ordinal);
        Assert.Equal(["a", "b"], Ids(roster));

        Write("b");
        Assert.Equal(["a"], (await LookAsync(roster)).Removed);
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_keeps_its_mailbox()
    {
        Write("a");
        var roster = await RosterAsync();
        var path = Path.Combine(_folder.Path, "mailboxes/a.json");
        File.Move(path, path + ".away");
        File.CreateSymbolicLink(path, "nowhere.json"); // a link into a volume that is not there; root may read everything else

        Assert.Contains("no such file", Assert.Single((await LookAsync(roster)).NewProblems).Message, StringComparison.Ordinal);
        Assert.Equal(["a"], Ids(roster));
    }

    [Fact]
    public async Task Of_two_files_for_one_maildrop_or_id_the_one_that_was_there_first_stays()
    {
        Write("m");
        var roster = await RosterAsync();
        _folder.Write("mailboxes/a.json", Text("m"));
        _folder.Write("mailboxes/b.json", Text("other", "\"id\": \"m\""));

        var change = await LookAsync(roster);
        Assert.Equal(["m"], Ids(roster));
        Assert.EndsWith("m.json", roster.Mailboxes[0].File, StringComparison.Ordinal);
        Assert.Contains(change.NewProblems, problem =>
            problem.ToString().Contains("a.json:2: username names the same mailbox as", StringComparison.Ordinal));
        Assert.Contains(change.NewProblems, problem => problem.ToString().Contains("b.json:2: id is \"m\" in", StringComparison.Ordinal));

        Remove("m");
        Assert.Equal(["a", "m"], Ids(roster, await LookAsync(roster)).Order()); // a.json has its maildrop now, and b.json its id
        Assert.Empty(roster.Problems);
    }

    [Fact]
    public async Task A_file_that_asks_for_what_another_has_stays_as_it_was()
    {
        Write("a", "b");
        var roster = await RosterAsync();
        _folder.Write("mailboxes/a.json", Text("b", "\"every\": \"7m\""));

        var change = await LookAsync(roster);

        Assert.Equal(["a", "b"], Ids(roster));
        Assert.Equal("a@example.org", roster.Mailboxes[0].Username);
        Assert.Empty(change.Changed);
        Assert.Single(change.NewProblems);
        Assert.Null(await roster.LookAsync(Stop));
    }

    [Fact]
    public async Task Two_files_may_exchange_what_they_have()
    {
        Write("a", "b");
        var roster = await RosterAsync();
        _folder.Write("mailboxes/a.json", Text("b"));
        _folder.Write("mailboxes/b.json", Text("a"));

        var change = await LookAsync(roster);

        Assert.Empty(change.Problems);
        Assert.Equal(["a", "b"], change.Changed);
    }

    [Fact]
    public async Task A_renamed_file_with_the_same_id_keeps_its_mailbox()
    {
        _folder.Write("mailboxes/old.json", Text("sales", "\"id\": \"sales\""));
        var roster = await RosterAsync();
        File.Move(Path.Combine(_folder.Path, "mailboxes/old.json"), Path.Combine(_folder.Path, "mailboxes/new.json"));

        var change = await LookAsync(roster);

        Assert.Equal((0, 0, 0), (change.Added.Count, change.Changed.Count, change.Removed.Count));
        Assert.EndsWith("new.json", Assert.Single(roster.Mailboxes).File, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_ConfigMap_that_is_swapped_behind_its_links_is_seen()
    {
        _folder.Write("mailboxes/..1/a.json", Text("a"));
        _folder.Write("mailboxes/..1/b.json", Text("b"));
        Directory.CreateSymbolicLink(In("..data"), "..1");
        File.CreateSymbolicLink(In("a.json"), "..data/a.json");
        File.CreateSymbolicLink(In("b.json"), "..data/b.json");
        var roster = await RosterAsync();
        Assert.Equal(["a", "b"], Ids(roster));

        // As kubelet does: the new folder, the new link, and one rename over the old link.
        _folder.Write("mailboxes/..2/a.json", Text("a", "\"every\": \"7m\""));
        _folder.Write("mailboxes/..2/b.json", Text("b"));
        _folder.Write("mailboxes/..2/c.json", Text("c"));
        Directory.CreateSymbolicLink(In("..data_tmp"), "..2");
        using (var mv = Process.Start("mv", ["-T", In("..data_tmp"), In("..data")]))
            await mv.WaitForExitAsync(Stop);
        File.CreateSymbolicLink(In("c.json"), "..data/c.json");

        var change = await LookAsync(roster);

        Assert.Equal(["c"], change.Added);
        Assert.Equal(["a"], change.Changed);
        Assert.Empty(change.Problems);
    }

    [Fact]
    public async Task Changed_settings_are_told_once_for_each_change()
    {
        Write("a");
        var roster = await RosterAsync();
        _folder.Write("appsettings.json", ConfigFolder.GoodSettings + "// a remark\n");

        Assert.True((await LookAsync(roster)).SettingsChanged);
        Assert.Null(await roster.LookAsync(Stop));
    }

    string In(string name) => Path.Combine(_folder.Path, "mailboxes", name);

    void Write(params string[] names)
    {
        var line = names.Length == 2 && names[1].StartsWith('"') ? names[1] : "";
        foreach (var name in line.Length > 0 ? names[..1] : names)
            _folder.Write($"mailboxes/{name}.json", Text(name, line));
    }

    void Remove(string name) => File.Delete(In(name + ".json"));

    // Its second line holds what the test is about.
    static string Text(string user, string line = "") =>
        ConfigFolder.Mailbox($"{line}{(line.Length > 0 ? ", " : "")}\"username\": \"{user}@example.org\"", "username");

    async Task<MailboxRoster> RosterAsync() => new(await _folder.ReadAsync());

    static async Task<RosterChange> LookAsync(MailboxRoster roster)
    {
        var change = await roster.LookAsync(Stop);
        Assert.NotNull(change);
        return change;
    }

    static IEnumerable<string> Ids(MailboxRoster roster, RosterChange? _ = null) => roster.Mailboxes.Select(mailbox => mailbox.Id);
}
