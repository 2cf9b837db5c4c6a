using System.Text.Json.Nodes;
using MailIngest.Pop3.Server;
using MailIngest.SystemTests.Worker;
using Xunit;

namespace MailIngest.SystemTests.Run;

/// <summary>LOGIN-DELAY with a real worker and a real clock: the server that announces it also refuses whoever comes too early.</summary>
public sealed class LoginDelayTests
{
    const string User = "alice", Password = "a-password-nobody-sees";
    static readonly TimeSpan Delay = TimeSpan.FromSeconds(4);

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_worker_never_signs_in_early_also_after_a_restart()
    {
        using var place = new Workplace { MoreSettings = new() { ["web"] = new JsonObject { ["enabled"] = false } } };
        await using var server = Pop3Server.Start(new Pop3ServerOptions
        {
            Accounts = new Dictionary<string, Pop3Account> { [User] = new(Password, new Maildrop()) },
            LoginDelay = Delay,
        });
        var mailbox = place.Mailbox("office", server.Port, User, Password, Transport.Plaintext);
        mailbox["every"] = "1s";
        place.WriteMailbox("office", mailbox.ToJsonString());

        for (var restarts = 0; restarts < 3; restarts++)
        {
            await using var worker = place.StartRun();
            var before = server.Events.SignIns.Count;
            await server.Events.WaitForAsync(_ => server.Events.SignIns.Count > before, Stop);
            await server.SessionsClosedAsync(Stop);
            worker.Terminate();
            (await worker.EndAsync()).Ended(ExitCode.Done);
        }

        Assert.True(server.Events.SignIns.Count >= 3);
        Assert.DoesNotContain(server.Events, happened =>
            happened.Kind == ServerEventKind.Answer && happened.Text.Contains("LOGIN-DELAY", StringComparison.Ordinal)
            && happened.Text.StartsWith("-ERR", StringComparison.Ordinal));
    }
}
