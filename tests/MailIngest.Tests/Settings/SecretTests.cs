using MailIngest.Settings;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailIngest.Tests.Settings;

/// <summary>Where secrets come from, and that they go nowhere else.</summary>
public sealed class SecretTests : IDisposable
{
    static readonly SecretOwner Owner = new("mailbox sales", "password", "mailboxes/sales.json");

    readonly ConfigFolder folder = new();

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    CommandSecret Shell(string script) => new(Owner, ["/bin/sh", "-c", script], folder.Path);

    static async Task<string> RevealAsync(SecretSource source) => (await source.ReadAsync(Stop)).Reveal();

    static async Task<string> FailureAsync(SecretSource source) => (await Assert.ThrowsAsync<SecretException>(() => source.ReadAsync(Stop))).Message;

    [Fact]
    public void A_secret_is_not_printed()
    {
        var secret = new Secret("canary");
        Assert.Equal("***", secret.ToString());
        Assert.Equal("***", $"{secret}");
        Assert.DoesNotContain("canary", new InlineSecret(Owner, secret).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("secret")]
    [InlineData("secret\n")]
    [InlineData("secret\r\nuser: sales\r\n")]
    [InlineData("\uFEFFsecret\n")]
    public async Task The_first_line_of_a_file_is_the_secret(string text) =>
        Assert.Equal("secret", await RevealAsync(new FileSecret(Owner, folder.Write("password", text))));

    [Fact]
    public async Task Spaces_belong_to_the_secret() =>
        Assert.Equal(" pass wörd ", await RevealAsync(new FileSecret(Owner, folder.Write("password", " pass wörd \n"))));

    [Fact]
    public async Task A_rotated_file_is_read_anew()
    {
        var source = new FileSecret(Owner, folder.Write("password", "old"));
        Assert.Equal("old", await RevealAsync(source));
        folder.Write("password", "new");
        Assert.Equal("new", await RevealAsync(source));
    }

    [Fact]
    public async Task A_missing_file_names_mailbox_source_and_remedy() =>
        Assert.Equal("mailbox sales: passwordFile /no/such/file does not exist; create it or correct the path (set in mailboxes/sales.json)",
            await FailureAsync(new FileSecret(Owner, "/no/such/file")));

    [Fact]
    public async Task A_folder_in_the_place_of_the_file_cannot_be_read() =>
        Assert.StartsWith($"mailbox sales: passwordFile {folder.Path} cannot be read: ", await FailureAsync(new FileSecret(Owner, folder.Path)), StringComparison.Ordinal);

    [Theory]
    [InlineData("", "gives an empty first line; write the secret into its first line")]
    [InlineData("\ncanary", "gives an empty first line; write the secret into its first line")]
    [InlineData("canary\uFFFD", "gives text that is not UTF-8; save or print the secret in UTF-8")]
    [InlineData("can\u0000ary", "gives a control character; write the secret as plain text into its first line")]
    public async Task A_file_without_a_secret_is_refused_without_its_content(string text, string complaint)
    {
        var file = folder.Write("password", text);
        Assert.Equal($"mailbox sales: passwordFile {file} {complaint} (set in mailboxes/sales.json)", await FailureAsync(new FileSecret(Owner, file)));
    }

    [Fact]
    public async Task An_environment_variable_gives_its_value() =>
        Assert.Equal(Environment.GetEnvironmentVariable("PATH"), await RevealAsync(new EnvironmentSecret(Owner, "PATH")));

    [Fact]
    public async Task An_unset_variable_says_so() =>
        Assert.Equal("mailbox sales: passwordEnv MAILINGEST_UNSET is not set in the environment; set it, or name another variable (set in mailboxes/sales.json)",
            await FailureAsync(new EnvironmentSecret(Owner, "MAILINGEST_UNSET")));

    [Fact]
    public async Task A_secret_in_the_file_itself_is_given() => Assert.Equal("secret", await RevealAsync(new InlineSecret(Owner, new("secret"))));

    [Fact]
    public async Task The_first_line_that_a_command_prints_is_the_secret() =>
        Assert.Equal("secret", await RevealAsync(Shell("echo secret; echo user: sales; echo a note >&2")));

    [Fact]
    public async Task A_command_is_found_in_PATH_and_takes_its_arguments_as_they_are() =>
        Assert.Equal("a b $HOME", await RevealAsync(new CommandSecret(Owner, ["printf", "%s", "a b $HOME"], folder.Path)));

    [Fact]
    public async Task A_command_with_a_slash_starts_in_the_folder_of_the_configuration_file()
    {
        folder.Write("password", "secret");
        folder.Write("tools/show", "#!/bin/sh\ncat password\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Path.Combine(folder.Path, "tools/show"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Assert.Equal("secret", await RevealAsync(new CommandSecret(Owner, ["tools/show"], folder.Path)));
    }

    [Fact]
    public async Task A_command_runs_at_each_reading()
    {
        var source = Shell("echo x >> count; wc -l < count | tr -d ' '");
        Assert.Equal("1", await RevealAsync(source));
        Assert.Equal("2", await RevealAsync(source));
    }

    [Fact]
    public async Task A_failing_command_tells_its_complaint_and_never_its_output() =>
        Assert.Equal("mailbox sales: passwordCommand ended with exit code 3 and said: no such\uFFFDentry (set in mailboxes/sales.json)",
            await FailureAsync(Shell("echo canary; printf 'no such\\033entry\\n' >&2; exit 3")));

    [Fact]
    public async Task A_silently_failing_command_is_named_with_what_to_do() =>
        Assert.Equal("mailbox sales: passwordCommand ended with exit code 1; run it by hand as the account of this process (set in mailboxes/sales.json)",
            await FailureAsync(Shell("exit 1")));

    [Fact]
    public async Task A_command_that_prints_nothing_is_refused() =>
        Assert.Equal("mailbox sales: passwordCommand gives an empty first line; write the secret into its first line (set in mailboxes/sales.json)",
            await FailureAsync(Shell("true")));

    [Fact]
    public async Task A_command_that_is_nowhere_is_named() =>
        Assert.Equal("mailbox sales: passwordCommand names no-such-program, which is not in PATH; write its whole path (set in mailboxes/sales.json)",
            await FailureAsync(new CommandSecret(Owner, ["no-such-program", "canary"], folder.Path)));

    [Fact]
    public async Task A_file_that_cannot_be_run_is_named()
    {
        folder.Write("plain", "text");
        Assert.StartsWith("mailbox sales: passwordCommand cannot start ./plain: ", await FailureAsync(new CommandSecret(Owner, ["./plain"], folder.Path)),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_that_asks_a_question_gets_no_answer() =>
        Assert.Equal("none", await RevealAsync(Shell("read answer || echo none")));

    [Fact]
    public async Task A_talkative_command_is_not_stopped_by_its_own_words() =>
        Assert.Equal("secret", await RevealAsync(Shell("echo secret; head -c 1000000 /dev/zero; head -c 1000000 /dev/zero >&2")));

    [Fact]
    public async Task A_command_that_hangs_is_ended()
    {
        var clock = new FakeTimeProvider();
        var reading = (Shell("sleep 1000") with { Clock = clock }).ReadAsync(Stop);
        clock.Advance(CommandSecret.Patience);
        var thrown = await Assert.ThrowsAsync<SecretException>(() => reading);
        Assert.Equal("mailbox sales: passwordCommand gave no answer within 30s; it must not ask questions (set in mailboxes/sales.json)", thrown.Message);
    }

    [Fact]
    public async Task Stopping_is_no_failure_of_the_command()
    {
        using var stop = new CancellationTokenSource();
        var reading = Shell("sleep 1000").ReadAsync(stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    public void Dispose() => folder.Dispose();
}
