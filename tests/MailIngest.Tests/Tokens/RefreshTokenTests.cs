using System.Runtime.Versioning;
using MailIngest.Settings;
using MailIngest.Tokens;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailIngest.Tests.Tokens;

/// <summary>Refresh tokens that are replaced whenever they are used: the one in the file is the one that is valid.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class RefreshTokenTests : IAsyncLifetime
{
    readonly FakeTimeProvider _clock = new(new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero));
    readonly string _folder = Directory.CreateTempSubdirectory("mailingest-tokens-").FullName;
    OAuthServer _server = null!;
    TokenSources _tokens = null!;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    string TokenFile => Path.Combine(_folder, "sales.token");

    public async ValueTask InitializeAsync()
    {
        _server = await OAuthServer.StartAsync();
        _server.Rotates = true;
        _tokens = new(_clock);
        await File.WriteAllTextAsync(TokenFile, "refresh-1\n", Stop);
    }

    public async ValueTask DisposeAsync()
    {
        await _tokens.DisposeAsync();
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Each_new_refresh_token_takes_the_old_one_s_place_with_its_permissions()
    {
        File.SetUnixFileMode(TokenFile, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        for (var hour = 1; hour <= 5; hour++)
        {
            Assert.Equal($"token-{hour}", await TakeAsync());
            Assert.Equal($"refresh-{hour + 1}\n", await File.ReadAllTextAsync(TokenFile, Stop));
            _clock.Advance(TimeSpan.FromHours(1));
        }
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(TokenFile));
        Assert.Equal([".sales.token.lock", "sales.token"], Directory.EnumerateFiles(_folder).Select(Path.GetFileName).Order());
        Assert.False(_server.ReuseSeen);
    }

    [Fact]
    public async Task A_provider_that_replaces_none_leaves_the_file_alone()
    {
        _server.Rotates = false;
        var before = File.GetLastWriteTimeUtc(TokenFile);
        await TakeAsync();
        Assert.Equal((before, "refresh-1\n"), (File.GetLastWriteTimeUtc(TokenFile), await File.ReadAllTextAsync(TokenFile, Stop)));
        Assert.False(File.Exists(DraftFile));
    }

    [Fact]
    public async Task A_link_stays_one_and_the_file_behind_it_is_replaced()
    {
        var link = Path.Combine(_folder, "link");
        File.CreateSymbolicLink(link, TokenFile);
        await _tokens.TakeAsync(Grant(link), null, Stop);
        Assert.Equal(TokenFile, File.ResolveLinkTarget(link, returnFinalTarget: true)!.FullName);
        Assert.Equal("refresh-2\n", await File.ReadAllTextAsync(TokenFile, Stop));
    }

    [Fact]
    public async Task What_a_process_left_that_died_in_between_is_no_hindrance()
    {
        await File.WriteAllTextAsync(DraftFile, "half a tok", Stop);
        await TakeAsync();
        Assert.Equal("refresh-2\n", await File.ReadAllTextAsync(TokenFile, Stop));
    }

    [Fact]
    public async Task Where_no_new_one_can_be_written_the_old_one_is_not_spent()
    {
        Directory.CreateDirectory(DraftFile); // where it would be written
        var failure = await Assert.ThrowsAsync<SecretException>(TakeAsync);
        Assert.Contains("its folder must be writable", failure.Message, StringComparison.Ordinal);
        Assert.Empty(_server.Asked);
        Directory.Delete(DraftFile);
        Assert.Equal("token-1", await TakeAsync());
    }

    [Fact]
    public async Task A_new_one_that_could_not_be_written_is_written_later_and_the_spent_one_never_sent_again()
    {
        _server.Instead = (_, _) =>
        {
            File.Delete(DraftFile); // the disk fails while the answer is on its way
            return Task.FromResult(false);
        };
        await Assert.ThrowsAsync<SecretException>(TakeAsync);
        Assert.Equal("refresh-1\n", await File.ReadAllTextAsync(TokenFile, Stop));

        _server.Instead = (_, _) =>
        {
            Assert.Equal("refresh-2\n", File.ReadAllText(TokenFile)); // before it is sent
            return Task.FromResult(false);
        };
        Assert.Equal("token-2", await TakeAsync());
        Assert.Equal("refresh-3\n", await File.ReadAllTextAsync(TokenFile, Stop));
        Assert.False(_server.ReuseSeen);
    }

    [Fact]
    public async Task One_that_a_person_wrote_counts_before_one_that_could_not_be_written()
    {
        _server.Instead = (_, _) =>
        {
            File.Delete(DraftFile);
            return Task.FromResult(false);
        };
        await Assert.ThrowsAsync<SecretException>(TakeAsync);
        _server.Instead = null;
        _server.RefreshToken = "from-a-person";
        await File.WriteAllTextAsync(TokenFile, "from-a-person", Stop);
        await TakeAsync();
        Assert.Equal("from-a-person", _server.Asked[^1]["refresh_token"]);
    }

    [Fact]
    public async Task Whoever_gives_up_waiting_does_not_lose_the_new_refresh_token()
    {
        var (heard, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        _server.Instead = async (_, _) =>
        {
            heard.SetResult();
            await go.Task;
            return false;
        };
        using var enough = new CancellationTokenSource();
        var taking = _tokens.TakeAsync(Grant(TokenFile), null, enough.Token);
        await heard.Task;
        await enough.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => taking);
        go.SetResult();
        await _tokens.DisposeAsync(); // waits for the answer
        Assert.Equal("refresh-2\n", await File.ReadAllTextAsync(TokenFile, Stop));
    }

    [Fact]
    public async Task Several_processes_never_send_the_same_refresh_token()
    {
        var processes = Enumerable.Range(0, 4).Select(_ => new TokenSources(TimeProvider.System)).ToList();
        await Task.WhenAll(processes.Select(process => process.TakeAsync(Grant(TokenFile), null, Stop)));
        Assert.Equal(["refresh-1", "refresh-2", "refresh-3", "refresh-4"], _server.Asked.Select(ask => ask["refresh_token"]));
        foreach (var process in processes)
            await process.DisposeAsync();
    }

    [Fact]
    public async Task A_revoked_one_is_said_with_what_to_do_and_not_shown()
    {
        await File.WriteAllTextAsync(TokenFile, "revoked-long-ago", Stop);
        var refused = await Assert.ThrowsAsync<TokenException>(TakeAsync);
        Assert.True(refused.IsRefused);
        Assert.EndsWith(
            $"invalid_grant: the refresh token *** is not known; the refresh token is not valid any more: sign in again and write the new one into {TokenFile}",
            refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Google_replaces_none_so_that_the_file_may_lie_where_nothing_can_be_written()
    {
        _server.Rotates = false;
        Directory.CreateDirectory(DraftFile);
        var grant = Grant(TokenFile) with { Provider = TokenProvider.Google };
        Assert.Equal("token-1", (await _tokens.TakeAsync(grant, null, Stop)).Reveal());
    }

    string DraftFile => Path.Combine(_folder, ".sales.token.new");

    async Task<string> TakeAsync() => (await _tokens.TakeAsync(Grant(TokenFile), null, Stop)).Reveal();

    RefreshTokenGrant Grant(string file) => new(
        TokenProvider.Custom, _server.Endpoint, "the-client", null, new(new("mailbox sales", "oauthRefreshToken", "sales.json"), file), null);
}
