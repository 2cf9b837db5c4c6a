using MailIngest.Commands;
using MailIngest.Mailboxes;
using MailIngest.Tests.Polling;
using MailIngest.Tests.Settings;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailIngest.Tests.Commands;

/// <summary>The files are looked at every five seconds; what is new is said once and handed on; only the end ends the looking.</summary>
public sealed class ReloadingTests : IDisposable
{
    readonly ConfigFolder _folder = new();
    readonly FakeTimeProvider _clock = new(A.Noon);
    readonly CapturedLog _log = new();
    readonly List<RosterChange> _applied = [];

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_comes_changes_and_goes_is_said_in_one_line_and_handed_on()
    {
        Write("a");
        Write("b");
        await using var reloading = await StartAsync();
        Write("c");
        Write("b", "\"every\": \"7m\"");
        File.Delete(Path.Combine(_folder.Path, "mailboxes/a.json"));

        await LookAsync(() => _applied.Count == 1);

        Assert.Equal(["mailbox files read again: added c; changed b; removed a; mailboxes in force: 2"], _log.Lines);
        Assert.Equal(["b", "c"], _applied[0].Mailboxes.Select(mailbox => mailbox.Id));
    }

    [Fact]
    public async Task A_wrong_file_is_told_once_and_that_it_is_right_again_too()
    {
        Write("a");
        await using var reloading = await StartAsync();
        Replace("a", "{");
        await LookAsync(() => _applied.Count == 1);
        Assert.EndsWith("(what was in force before stays in force)", Assert.Single(_log.Lines), StringComparison.Ordinal);

        Write("a");
        await LookAsync(() => _applied.Count == 2);
        Assert.Equal("all mailbox files are right again", _log.Lines.Last());
        Assert.Equal(2, _log.Lines.Count);
    }

    [Fact]
    public async Task Settings_that_changed_and_a_file_that_is_worth_a_warning_are_said()
    {
        Write("a");
        await using var reloading = await StartAsync();
        _folder.Write("appsettings.json", ConfigFolder.GoodSettings + "\n");
        Write("b", "\"tls\": \"none\"");

        await LookAsync(() => _applied.Count == 1);

        Assert.Contains(
            _log.Lines, line => line.EndsWith("appsettings.json has changed: it takes effect at the next start", StringComparison.Ordinal));
        Assert.Contains(_log.Lines, line => line.Contains("b.json", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_bug_in_whoever_takes_the_mailboxes_over_does_not_end_the_looking()
    {
        Write("a");
        var broken = true;
        await using var reloading = await StartAsync(() => broken ? throw new InvalidOperationException("a bug") : Task.CompletedTask);
        Write("b");
        await LookAsync(() => _log.Exceptions.Count == 1);
        Assert.Equal("a bug", _log.Exceptions.Single().Message);

        broken = false;
        Write("c");
        await LookAsync(() => _applied.Count == 1);
        Assert.Equal(["a", "b", "c"], _applied[0].Mailboxes.Select(mailbox => mailbox.Id));
    }

    /// <summary>Looks for as long as it is not disposed of, and ends without a word then.</summary>
    async Task<Running> StartAsync(Func<Task>? apply = null)
    {
        var roster = new MailboxRoster(await _folder.ReadAsync());
        return new Running(end => new Reloading(roster, async change =>
        {
            if (apply is not null)
                await apply();
            _applied.Add(change);
        }, _clock, _log).RunAsync(end)).Begin();
    }

    /// <summary>Lets fake time pass until that has come about.</summary>
    async Task LookAsync(Func<bool> condition) => await RoundsWorld.EventuallyAsync(() =>
    {
        if (!condition())
            _clock.Advance(TimeSpan.FromSeconds(5));
        return condition();
    });

    void Write(string id, string line = "") => Replace(id,
        ConfigFolder.Mailbox($"{line}{(line.Length > 0 ? ", " : "")}\"username\": \"{id}@example.org\"", "username"));

    /// <summary>At once: a look that is under way sees the old file or the new one.</summary>
    void Replace(string id, string text)
    {
        var made = _folder.Write($"made/{id}.json", text);
        var mailboxes = Directory.CreateDirectory(Path.Combine(_folder.Path, "mailboxes")).FullName;
        File.Move(made, Path.Combine(mailboxes, $"{id}.json"), overwrite: true);
    }

    sealed class Running(Func<CancellationToken, Task> run) : IAsyncDisposable
    {
        readonly CancellationTokenSource _end = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        Task? _running;

        public Running Begin()
        {
            _running = run(_end.Token);
            return this;
        }

        public async ValueTask DisposeAsync()
        {
            await _end.CancelAsync();
            await _running!;
            _end.Dispose();
        }
    }
}
