using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using MailIngest.Pop3.Server;
using MailIngest.SystemTests.Worker;
using Xunit;

namespace MailIngest.SystemTests.Operator;

/// <summary>One mailbox, <c>office</c>, on our own server, and the worker's verbs as processes.</summary>
internal sealed class Office : IAsyncDisposable
{
    public const string Name = "office";
    const string User = "alice", Password = "a-password-nobody-sees";

    readonly JsonObject _changes;
    int _delivered;

    public Office(JsonObject? changes = null, BlobPlace? blobs = null)
    {
        Place = blobs is null ? new Workplace() : new Workplace { Blobs = blobs };
        _changes = changes ?? [];
        Server = Start(FaultScript.None);
    }

    public Workplace Place { get; }

    public Maildrop Maildrop { get; } = new();

    public Pop3Server Server { get; private set; }

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>A new message, unlike every other.</summary>
    public MaildropMessage Deliver(string? uniqueId = null)
    {
        var number = ++_delivered;
        var text = string.Create(CultureInfo.InvariantCulture,
            $"Date: Fri, 20 Nov 2026 10:00:00 +0000\r\nMessage-ID: <{number}@example.org>\r\nSubject: {number}\r\n\r\n.A line of "
                + $"message {number}.\r\n");
        return Maildrop.Add(Encoding.ASCII.GetBytes(text), uniqueId);
    }

    /// <summary>From now on the server misbehaves like that, or not at all. What it saw before is forgotten.</summary>
    public async Task RestartServerAsync(FaultScript faults)
    {
        await Server.DisposeAsync();
        Server = Start(faults);
    }

    /// <summary>Changes the mailbox's file.</summary>
    public void Set(string key, JsonNode? value)
    {
        _changes[key] = value;
        WriteMailbox();
    }

    public Task<WorkerRun> RunAsync(params string[] arguments) => Place.RunAsync(arguments, Stop);

    /// <summary>Polls; one message cannot be read and is quarantined.</summary>
    public async Task<MaildropMessage> QuarantineAsync(string? uniqueId = null)
    {
        Set("maxAttempts", 1);
        var message = Deliver(uniqueId);
        await RestartServerAsync(FaultScript.None.At("RETR", message: Maildrop.Count).Refuses("cannot read it"));
        await RunAsync("once");
        (await RunAsync("quarantine", "list")).Said(Name, "cannot read it");
        await RestartServerAsync(FaultScript.None);
        return message;
    }

    /// <summary>Nothing was fetched, marked or removed since the server was started.</summary>
    public void AssertUntouched()
    {
        Assert.Empty(Server.Events.Commands("RETR"));
        Assert.Empty(Server.Events.Commands("DELE"));
        Assert.Empty(Server.Events.Removals);
    }

    Pop3Server Start(FaultScript faults)
    {
        Server = Pop3Server.Start(new Pop3ServerOptions
        {
            Accounts = new Dictionary<string, Pop3Account> { [User] = new(Password, Maildrop) },
            Faults = faults,
        });
        WriteMailbox();
        return Server;
    }

    void WriteMailbox()
    {
        var mailbox = Place.Mailbox(Name, Server.Port, User, Password, Transport.Plaintext);
        foreach (var (key, value) in _changes)
            mailbox[key] = value?.DeepClone();
        Place.WriteMailbox(Name, mailbox.ToJsonString());
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Place.Dispose();
    }
}
