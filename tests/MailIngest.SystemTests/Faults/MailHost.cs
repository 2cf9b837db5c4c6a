using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using MailIngest.Pop3.Server;
using MailIngest.SystemTests.Servers;
using Xunit;

namespace MailIngest.SystemTests.Faults;

/// <summary>A mail server whose clients are killed again and again: tells when their sessions have ended, and what was asked.</summary>
internal abstract class MailHost : IAsyncDisposable
{
    /// <summary>Where it listens.</summary>
    public abstract int Port { get; }

    /// <summary>An empty maildrop; perhaps the one that it gave before, if that is empty again.</summary>
    public abstract IServedMaildrop Maildrop();

    /// <summary>Waits until no session of the user is open: what a QUIT removes is removed.</summary>
    public abstract Task SettledAsync(IServedMaildrop maildrop, CancellationToken stop);

    /// <summary>How many RETRs the user's sessions have sent so far.</summary>
    public abstract int Retrieved(IServedMaildrop maildrop);

    public abstract ValueTask DisposeAsync();
}

/// <summary>Our own server, in this process.</summary>
internal sealed class OwnHost : MailHost
{
    readonly ConcurrentDictionary<string, Pop3Account> _accounts = new(StringComparer.Ordinal);
    readonly Pop3Server _server;

    public OwnHost() => _server = Pop3Server.Start(new() { Accounts = _accounts });

    public override int Port => _server.Port;

    public override IServedMaildrop Maildrop()
    {
        var maildrop = new OwnMaildrop(string.Create(CultureInfo.InvariantCulture, $"user{_accounts.Count + 1}"), "a-password-nobody-sees");
        _accounts[maildrop.User] = new(maildrop.Password, maildrop.Maildrop);
        return maildrop;
    }

    public override Task SettledAsync(IServedMaildrop maildrop, CancellationToken stop) => _server.SessionsClosedAsync(stop);

    public override int Retrieved(IServedMaildrop maildrop)
    {
        var sessions = _server.Events.SignIns.Where(signIn => signIn.Text == maildrop.User).Select(signIn => signIn.Session).ToHashSet();
        return _server.Events.Commands("RETR").Count(retr => sessions.Contains(retr.Session));
    }

    public override ValueTask DisposeAsync() => _server.DisposeAsync();

    public override string ToString() => "our server";
}

/// <summary>Dovecot, of which one user is taken.</summary>
internal sealed partial class DovecotHost(DovecotServer server) : MailHost
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    readonly DovecotMaildrop _maildrop = server.NewMaildrop();

    public override int Port => server.Port;

    public override IServedMaildrop Maildrop()
    {
        Assert.Empty(_maildrop.Left);
        return _maildrop;
    }

    /// <summary>Waits for the line with which each session ends in the log.</summary>
    public override async Task SettledAsync(IServedMaildrop maildrop, CancellationToken stop)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (Lines(" Login: user=<").Count() > Lines("pop3(").Count())
        {
            Assert.True(
                TimeProvider.System.GetElapsedTime(started) < Patience, $"A session of {_maildrop.User} does not end:\n{server.Log}");
            await Task.Delay(5, stop);
        }
    }

    public override int Retrieved(IServedMaildrop maildrop) =>
        Lines("pop3(").Sum(line => int.Parse(Retr().Match(line).Groups[1].Value, CultureInfo.InvariantCulture));

    /// <summary>Shared with other tests: it goes on.</summary>
    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public override string ToString() => "Dovecot";

    // A session says nothing but how it ended.
    IEnumerable<string> Lines(string what) => server.Log.Split('\n')
        .Where(line => line.Contains(what + _maildrop.User, StringComparison.Ordinal)
            && (what != "pop3(" || line.Contains("retr=", StringComparison.Ordinal)));

    [GeneratedRegex(@"retr=(\d+)/")]
    private static partial Regex Retr();
}
