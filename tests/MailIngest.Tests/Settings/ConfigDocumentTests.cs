using System.Text;
using MailIngest.Settings;
using Xunit;

namespace MailIngest.Tests.Settings;

/// <summary>Files that are not JSON, not text, or not what they seem; and the lines of those that are.</summary>
public class ConfigDocumentTests
{
    const string AfterKey = "after the key comes a colon and a value: text in double quotes, a number, true, false, a [list] or an {object}";
    const string AfterValue = "expected is a comma, a key in double quotes, a colon after a key, or the closing } or ]";
    const string TooEarly = "the file ends too early; a closing }, ] or double quote is missing";

    static string Problem(string text) => Problem(Encoding.UTF8.GetBytes(text));

    static string Problem(byte[] octets)
    {
        var report = new ConfigReport();
        Assert.Null(ConfigDocument.Parse("x.json", octets, report));
        return Assert.Single(report.Problems).ToString();
    }

    [Theory]
    [InlineData("", "1: is empty; write one object: { \"key\": value, … }")]
    [InlineData(" \n\n", "1: is empty; write one object: { \"key\": value, … }")]
    [InlineData("[1]", "1: must hold one object: { \"key\": value, … }")]
    [InlineData("// only\n\"text\"", "2: must hold one object: { \"key\": value, … }")]
    [InlineData("host: a", "1:1: is not JSON here: the file must hold one object: { \"key\": value, … }")]
    [InlineData("{\n  \"host\": \"a\"\n  \"port\": 1\n}", "3:3: is not JSON here: " + AfterValue)]
    [InlineData("{\n  host: \"a\"\n}", "2:3: is not JSON here: " + AfterValue)]
    [InlineData("{ \"ä\" \"a\" }", "1:7: is not JSON here: " + AfterValue)]
    [InlineData("{ \"a\": yes }", "1:8: is not JSON here: " + AfterKey)]
    [InlineData("{ \"a\": 'b' }", "1:8: is not JSON here: text stands in double quotes, not in single quotes")]
    [InlineData("{ 'a': 1 }", "1:3: is not JSON here: text stands in double quotes, not in single quotes")]
    [InlineData("{ \"a\": \"b\n}", "1:10: is not JSON here: the closing double quote of a text is missing in this line")]
    [InlineData("{ \"a\": \"c:\\dir\" }", "1:12: is not JSON here: a backslash in a text is written twice: \\\\")]
    [InlineData("{ \"a\": 1", "1:9: is not JSON here: " + TooEarly)]
    [InlineData("{ \"a\": [1,\n", "2:1: is not JSON here: " + TooEarly)]
    [InlineData("{ \"a\": \"b", "1:10: is not JSON here: " + TooEarly)]
    [InlineData("{ \"a\": 1 } }", "1:12: is not JSON here: nothing may follow the closing }; remove it")]
    [InlineData("{ \"a\": 1 }\n{ \"b\": 1 }", "2:1: is not JSON here: nothing may follow the closing }; remove it")]
    [InlineData(" //\r", "1:1: is not JSON here: the file must hold one object: { \"key\": value, … }")]
    [InlineData("{\n//\r\"a\" 1", "2:5: is not JSON here: " + AfterValue)]
    [InlineData("{ \"a\": \"\\ud800\" }", "1: has a \\u escape that is half a character; write the character itself", true)]
    public void What_is_not_JSON_is_answered_with_its_place_and_what_to_write(string text, string problem, bool readable = false)
    {
        var report = new ConfigReport();
        Assert.Equal(readable, ConfigDocument.Parse("x.json", Encoding.UTF8.GetBytes(text), report) is not null);
        Assert.Equal($"x.json:{problem}", Assert.Single(report.Problems).ToString());
    }

    [Fact]
    public void An_unquoted_password_is_not_repeated() =>
        Assert.DoesNotContain("canary", Problem("{ \"password\": tcanary }"), StringComparison.Ordinal);

    [Fact]
    public void Text_that_is_not_UTF8_is_refused_at_its_line() =>
        Assert.Equal("x.json:2: is not UTF-8 text; save the file in UTF-8", Problem([(byte)'{', (byte)'\n', (byte)'"', 0xE4, (byte)'"']));

    [Fact]
    public void A_key_of_any_length_costs_no_more_than_the_file()
    {
        var report = new ConfigReport();
        var document = ConfigDocument.Parse("x.json", Encoding.UTF8.GetBytes($$"""{ "{{new string('k', 100_000)}}": 1 }"""), report)!;
        var before = GC.GetAllocatedBytesForCurrentThread();
        SettingsFile.Bind(new ConfigReader(document, report));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000_000);
        Assert.Contains(report.Problems, problem => problem.Message.Contains("is not a setting", StringComparison.Ordinal));
    }

    [Fact]
    public void Bottomless_nesting_is_refused() =>
        Assert.StartsWith("x.json:1:", Problem("{\"a\":" + new string('[', 100_000)), StringComparison.Ordinal);

    [Fact]
    public void Comments_trailing_commas_a_byte_order_mark_and_foreign_line_ends_are_welcome()
    {
        var report = new ConfigReport();
        var document = ConfigDocument.Parse("x.json", "\uFEFF{ /* a\r\n b */\r\n  \"a\": [1, 2,], // c\r\n  \"b\": \"\\u00e4\",\r\n}\r\n// end"u8, report);
        Assert.Empty(report.Problems);
        Assert.Equal(3, document!.Root.Members["a"].Line);
        Assert.Equal(4, document.Root.Members["b"].Line);
        Assert.Equal(new ConfigText(4, "ä"), document.Root.Members["b"].Value);
    }

    [Fact]
    public void A_key_given_twice_is_refused_at_the_second_and_the_first_counts()
    {
        var report = new ConfigReport();
        var document = ConfigDocument.Parse("x.json", "{\n\"a\": 1,\n\"a\": 2\n}"u8, report);
        Assert.Equal("x.json:3: a is given twice (first in line 2); keep one", Assert.Single(report.Problems).ToString());
        Assert.Equal(new ConfigNumber(2, 1), document!.Root.Members["a"].Value);
    }

    [Fact]
    public void What_a_problem_quotes_cannot_write_over_the_terminal()
    {
        var report = new ConfigReport();
        var document = ConfigDocument.Parse("x.json", "{ \"\\u001b[2J\\u202ekey\": 1 }"u8, report);
        new ConfigReader(document!, report).RefuseUnknownKeys();
        Assert.StartsWith("x.json:1: \uFFFD[2J\uFFFDkey is not a setting", Assert.Single(report.Problems).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_of_more_than_1_MiB_is_refused()
    {
        using var folder = new ConfigFolder();
        folder.Write("appsettings.json", new string(' ', ConfigDocument.MaxOctets + 1));
        Assert.Equal(["appsettings.json: is larger than 1 MiB; this cannot be a configuration file"], await folder.ProblemsAsync());
    }

    [Fact]
    public async Task A_folder_in_the_place_of_a_file_is_refused()
    {
        using var folder = new ConfigFolder();
        Directory.CreateDirectory(Path.Combine(folder.Path, "appsettings.json"));
        var report = new ConfigReport();
        Assert.Null(await ConfigDocument.ReadAsync(Path.Combine(folder.Path, "appsettings.json"), report, TestContext.Current.CancellationToken));
        Assert.Contains("cannot be read: ", Assert.Single(report.Problems).Message, StringComparison.Ordinal);
    }
}
