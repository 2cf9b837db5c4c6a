using System.Runtime.Versioning;
using MailIngest.Tests.Settings;
using Xunit;

namespace MailIngest.Tests.Mailboxes;

/// <summary>What works but is unwise.</summary>
public class MailboxWarningTests
{
    [Theory]
    [InlineData("\"port\": 110", "port is 110, where servers expect \"tls\": \"stls\"; implicit TLS is usually on 995")]
    [InlineData("\"tls\": \"stls\",\n\"port\": 995", "port is 995, where servers expect \"tls\": \"implicit\"; stls is usually on 110", 3)]
    [InlineData("\"tls\": \"none\", \"allowPlaintextPassword\": true", "tls is none: the password and all mail of sales cross the network to pop.example.org readable by anyone on the way")]
    public async Task An_unwise_line_earns_a_warning(string line, string sentence, int at = 2)
    {
        using var folder = new ConfigFolder();
        folder.Write("mailboxes/sales.json", ConfigFolder.Mailbox(line));
        Assert.Equal([$"mailboxes/sales.json:{at}: {sentence}"], await folder.WarningsAsync());
    }

    [Theory]
    [UnsupportedOSPlatform("windows")]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite, 1)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead, 2)]
    public async Task A_password_in_the_file_warns_and_once_more_when_others_can_read_it(UnixFileMode mode, int warnings)
    {
        using var folder = new ConfigFolder();
        var file = folder.Write("mailboxes/sales.json", ConfigFolder.Mailbox("\"password\": \"canary\"", "password"));
        File.SetUnixFileMode(file, mode);
        string[] expected =
        [
            "mailboxes/sales.json:2: password is written into the file itself; passwordFile, passwordCommand or passwordEnv keep it out of copies and backups",
            "mailboxes/sales.json:2: password can be read by every account of this machine; run: chmod 600 mailboxes/sales.json",
        ];
        Assert.Equal(expected.Take(warnings), await folder.WarningsAsync());
    }

    [Fact]
    public async Task A_good_file_earns_none()
    {
        using var folder = new ConfigFolder();
        folder.Write("mailboxes/sales.json", ConfigFolder.Mailbox(""));
        Assert.Empty(await folder.WarningsAsync());
    }
}
