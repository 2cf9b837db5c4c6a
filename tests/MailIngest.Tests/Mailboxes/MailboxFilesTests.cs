using MailIngest.Tests.Settings;
using Xunit;

namespace MailIngest.Tests.Mailboxes;

/// <summary>The folder of mailbox files as a whole.</summary>
public class MailboxFilesTests
{
    [Fact]
    public async Task Every_json_file_is_a_mailbox_and_nothing_else_is()
    {
        using var folder = new ConfigFolder();
        folder.Write("mailboxes/b.json", ConfigFolder.Mailbox("\"username\": \"b\"", "username"));
        folder.Write("mailboxes/a.json", ConfigFolder.Mailbox("\"username\": \"a\"", "username"));
        folder.Write("mailboxes/.a.json", "an editor's");
        folder.Write("mailboxes/..2026_11_23/c.json", "one that a ConfigMap keeps");
        folder.Write("mailboxes/README.md", "a note");
        Assert.Equal(["a", "b"], (await folder.ReadAsync()).Mailboxes.Select(mailbox => mailbox.Id));
    }

    [Fact]
    public async Task Linked_files_as_in_a_ConfigMap_are_read()
    {
        using var folder = new ConfigFolder();
        folder.Write("mailboxes/..2026_11_23/sales.json", ConfigFolder.Mailbox(""));
        Directory.CreateSymbolicLink(Path.Combine(folder.Path, "mailboxes/..data"), "..2026_11_23");
        File.CreateSymbolicLink(Path.Combine(folder.Path, "mailboxes/sales.json"), "..data/sales.json");
        Assert.Equal("sales", Assert.Single((await folder.ReadAsync()).Mailboxes).Id);
    }

    [Fact]
    public async Task A_missing_folder_is_refused()
    {
        using var folder = new ConfigFolder();
        Assert.Equal(["appsettings.json:1: mailboxes names the folder mailboxes, which does not exist; create it and write one JSON file per mailbox into it"],
            await folder.ProblemsAsync());
    }

    [Fact]
    public async Task An_empty_folder_is_refused_at_the_key_that_names_it()
    {
        using var folder = new ConfigFolder();
        Directory.CreateDirectory(Path.Combine(folder.Path, "boxes"));
        folder.Write("appsettings.json", ConfigFolder.GoodSettings.Replace("{\n  \"blobs\"", "{\n  \"mailboxes\": \"boxes\",\n  \"blobs\"", StringComparison.Ordinal));
        Assert.Equal(["appsettings.json:2: mailboxes names the folder boxes, which holds no *.json; write one file per mailbox into it"],
            await folder.ProblemsAsync());
    }

    [Fact]
    public async Task Two_files_with_one_id_are_refused()
    {
        using var folder = new ConfigFolder();
        folder.Write("mailboxes/a.json", ConfigFolder.Mailbox("\"username\": \"a\"", "username"));
        folder.Write("mailboxes/b.json", ConfigFolder.Mailbox("\"id\": \"a\""));
        Assert.Equal(["mailboxes/b.json:2: id is \"a\" in mailboxes/a.json as well; every mailbox needs an id of its own"], await folder.ProblemsAsync());
    }

    [Theory]
    [InlineData("\"host\": \"POP.example.org.\"", "\"host\": \"pop.EXAMPLE.org\"")]
    [InlineData("\"host\": \"pop.example.org\", \"tls\": \"stls\"", "\"host\": \"pop.example.org\"")]
    [InlineData("\"host\": \"::1\", \"port\": 1110", "\"host\": \"[0:0::1]\", \"port\": 1110")]
    public async Task Two_files_for_one_maildrop_are_refused_however_the_host_is_spelt(string one, string other)
    {
        using var folder = new ConfigFolder();
        folder.Write("mailboxes/a.json", ConfigFolder.Mailbox(one, "host"));
        folder.Write("mailboxes/b.json", ConfigFolder.Mailbox($"{other},\n\"username\": \"Sales@Example.org\"", "host", "username"));
        Assert.Equal(["mailboxes/b.json:3: username names the same mailbox as mailboxes/a.json, so its mail would be stored twice; remove one of the files"],
            await folder.ProblemsAsync());
    }

    [Theory]
    [InlineData("\"port\": 1995")]
    [InlineData("\"enabled\": false")]
    public async Task Another_port_or_a_disabled_file_is_no_twin(string difference)
    {
        using var folder = new ConfigFolder();
        folder.Write("mailboxes/a.json", ConfigFolder.Mailbox(""));
        folder.Write("mailboxes/b.json", ConfigFolder.Mailbox(difference));
        Assert.Equal(2, (await folder.ReadAsync()).Mailboxes.Count);
    }

    [Fact]
    public async Task All_problems_of_all_files_are_reported_at_once_in_order()
    {
        using var folder = new ConfigFolder();
        folder.Write("appsettings.json", """
            {
              "blobs": { "store": "file", "folder": "blobs" },
              "ledger": { "file": 3 },
              "colour": 1,
            }
            """);
        folder.Write("mailboxes/a.json", "{\n  \"host\": \"a b\",\n  \"prot\": 1,\n  \"timeout\": 5\n}");
        folder.Write("mailboxes/b.json", "{\n  \"host\": \"pop.example.org\"\n  \"port\": 995\n}");
        folder.Write("mailboxes/c.json", ConfigFolder.Mailbox("\"host\": 1,\n\"host\": 2", "host"));
        string[] places = [.. (await folder.ProblemsAsync()).Select(problem => string.Join(' ', problem.Split(' ').Take(2)))];
        Assert.Equal(
            [
                "appsettings.json:3: ledger.file",
                "appsettings.json:4: colour",
                "mailboxes/a.json:1: username",
                "mailboxes/a.json:1: password",
                "mailboxes/a.json:2: host",
                "mailboxes/a.json:3: prot",
                "mailboxes/a.json:4: timeout",
                "mailboxes/b.json:3:3: is",
                "mailboxes/c.json:2: host",
                "mailboxes/c.json:3: host",
            ],
            places);
    }
}
