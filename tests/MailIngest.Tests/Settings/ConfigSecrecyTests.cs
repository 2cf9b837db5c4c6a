using System.Text;
using MailIngest.Mailboxes;
using MailIngest.Settings;
using Xunit;

namespace MailIngest.Tests.Settings;

/// <summary>However a file with a password in it is damaged, no problem and no warning repeats the password.</summary>
public class ConfigSecrecyTests
{
    const string Password = "canary";

    static readonly string Good =
        $"{{\n  \"host\": \"pop.example.org\",\n  \"username\": \"sales\",\n  \"password\": \"{Password}\", // old: no\n  \"port\": 995\n}}\n";

    static readonly int Start = Good.IndexOf(Password, StringComparison.Ordinal);

    static string Said(string text)
    {
        var report = new ConfigReport();
        if (ConfigDocument.Parse("sales.json", Encoding.UTF8.GetBytes(text), report) is { } document) MailboxFile.Bind(new(document, report));
        return string.Join('\n', report.Problems.Concat(report.Warnings));
    }

    [Fact]
    public void A_character_less_at_any_place()
    {
        for (var i = 0; i < Good.Length; i++)
            if (i < Start || i >= Start + Password.Length) Assert.DoesNotContain(Password, Said(Good.Remove(i, 1)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"")]
    [InlineData("'")]
    [InlineData("\\")]
    [InlineData("{")]
    [InlineData("]")]
    [InlineData(",")]
    [InlineData(":")]
    [InlineData("\n")]
    [InlineData("7")]
    [InlineData("t")]
    [InlineData("/*")]
    [InlineData("\u0000")]
    public void A_character_more_at_any_place(string more)
    {
        for (var i = 0; i <= Good.Length; i++) Assert.DoesNotContain(Password, Said(Good.Insert(i, more)), StringComparison.Ordinal);
    }

    [Fact]
    public void The_end_at_any_place()
    {
        for (var i = 0; i < Good.Length; i++)
        {
            var said = Said(Good[..i]);
            Assert.DoesNotContain(Password, said, StringComparison.Ordinal);
            Assert.True(said.Length > 0 || i == Good.Length - 1, $"Cut after {i} characters nothing was said.");
        }
    }

    [Theory]
    [InlineData("canary")]
    [InlineData("'canary'")]
    [InlineData("[\"canary\"]")]
    [InlineData("{ \"canary\": 1 }")]
    [InlineData("tcanary")]
    [InlineData("\"canary\\u0007\"")]
    public void A_password_written_in_another_shape(string shape)
    {
        var said = Said(Good.Replace($"\"{Password}\"", shape, StringComparison.Ordinal));
        Assert.NotEmpty(said);
        Assert.DoesNotContain(Password, said, StringComparison.Ordinal);
    }
}
