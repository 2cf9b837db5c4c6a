using System.Text;
using MailIngest.Pop3.Server;
using Xunit;

namespace MailIngest.Pop3.Tests.Server;

/// <summary>One server with one user, alice, whose password is secret; clients made here are disposed with it.</summary>
public abstract class ServerTest : IAsyncDisposable
{
    readonly List<RawClient> clients = [];
    readonly Dictionary<string, Pop3Account> accounts = [];
    Pop3Server? server;

    protected ServerTest() => accounts["alice"] = new("secret", Maildrop);

    protected Maildrop Maildrop { get; } = new();
    protected Pop3Server Server => server ?? throw new InvalidOperationException("the server is not started");
    protected IDictionary<string, Pop3Account> Accounts => accounts;

    protected static Pop3ServerOptions Plain => new();
    protected static Pop3ServerOptions Stls => new() { Tls = TlsMode.Stls, Certificate = TestCertificate.Localhost };
    protected static Pop3ServerOptions Implicit => new() { Tls = TlsMode.Implicit, Certificate = TestCertificate.Localhost };

    public virtual async ValueTask DisposeAsync()
    {
        foreach (var client in clients)
            await client.DisposeAsync();
        if (server is not null)
            await server.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected void Start(Pop3ServerOptions? options = null) =>
        server = Pop3Server.Start((options ?? Plain) with { Accounts = accounts });

    protected void Start(FaultScript faults) => Start(Plain with { Faults = faults });

    /// <summary>A message with a header of its own; the body is as given.</summary>
    protected MaildropMessage Add(string body, string? uniqueId = null) =>
        Maildrop.Add(Encoding.Latin1.GetBytes($"Subject: {Maildrop.Count + 1}\r\n\r\n{body}"), uniqueId);

    protected async Task<RawClient> ConnectSilentlyAsync()
    {
        if (server is null)
            Start();
        var client = await RawClient.ConnectAsync(Server.Port);
        clients.Add(client);
        return client;
    }

    protected async Task<RawClient> ConnectAsync()
    {
        var client = await ConnectSilentlyAsync();
        Assert.StartsWith("+OK", await client.LineAsync());
        return client;
    }

    protected async Task<RawClient> SignInAsync()
    {
        var client = await ConnectAsync();
        Assert.StartsWith("+OK", await client.AskAsync("USER alice"));
        Assert.StartsWith("+OK", await client.AskAsync("PASS secret"));
        return client;
    }

    /// <summary>The answers to commands sent one after the other, one line each.</summary>
    protected static async Task<string[]> AskAsync(RawClient client, params string[] commands)
    {
        var answers = new List<string>();
        foreach (var command in commands)
            answers.Add(await client.AskAsync(command));
        return [.. answers];
    }

    protected static void AssertOk(string answer) => Assert.Matches("^\\+OK( |$)", answer);

    protected static void AssertRefused(string answer) => Assert.Matches("^-ERR( |$)", answer);

    protected string[] UniqueIds() => [.. Maildrop.Messages.Select(m => m.UniqueId)];
}
