using System.Text.Json.Nodes;
using MailIngest.Pop3.Server;
using MailIngest.SystemTests.Worker;
using Xunit;

namespace MailIngest.SystemTests.Run;

/// <summary>What the tests of a long-lived worker have in common: our own server with some maildrops, and mailbox files for them.</summary>
public abstract class RunTest : IAsyncDisposable
{
    protected const string Password = "a-password-nobody-sees";

    internal Workplace Place { get; } = new();

    internal Dictionary<string, Maildrop> Maildrops { get; } = new() { ["alice"] = new(), ["bob"] = new(), ["carol"] = new() };

    internal Pop3Server Server { get; private set; } = null!;

    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    internal void Serve(Func<FaultScript, FaultScript>? faults = null) => Server = Pop3Server.Start(new Pop3ServerOptions
    {
        Accounts = Maildrops.ToDictionary(each => each.Key, each => new Pop3Account(Password, each.Value)),
        Faults = faults?.Invoke(FaultScript.None) ?? FaultScript.None,
    });

    internal string Json(string user, string every = "1s")
    {
        var mailbox = Place.Mailbox(user, Server.Port, user, Password, Transport.Plaintext);
        mailbox["every"] = every;
        return mailbox.ToJsonString();
    }

    internal void Write(string user, string every = "1s") => Place.WriteMailbox(user, Json(user, every));

    internal void SetGrace(string grace) => Place.MoreSettings = new()
    {
        ["run"] = new JsonObject { ["shutdownGrace"] = grace },
        ["web"] = new JsonObject { ["enabled"] = false },
    };

    /// <summary>A message that is stored in a while, because it is fetched.</summary>
    internal async Task DeliverAsync(LongRun run, string user, int number)
    {
        Maildrops[user].Add(SampleMail.Make(number));
        await run.UntilAsync(() => Maildrops[user].Count == 0, $"message {number} of {user} moved");
    }

    public async ValueTask DisposeAsync()
    {
        if (Server is not null)
            await Server.DisposeAsync();
        Place.Dispose();
        GC.SuppressFinalize(this);
    }
}
