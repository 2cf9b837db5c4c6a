using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MailIngest.Blobs;
using MailIngest.Ledger;
using MailIngest.Mailboxes;
using MailIngest.Polling;
using MailIngest.Pop3;
using MailIngest.Pop3.Server;
using MailIngest.Settings;
using MailIngest.Tests.Auditing;
using Xunit;

namespace MailIngest.Tests.DeliveryPromise;

/// <summary>
/// One mailbox on its way from a server to a store: the real poll, client, server, SQLite ledger and blob store, over loopback. Whatever is
/// done to it, after each poll it checks what was promised.
/// </summary>
sealed class Delivery : IAsyncDisposable
{
    public const string Box = "sales";

    readonly string _folder = Directory.CreateTempSubdirectory("mailingest-delivery-").FullName;
    readonly Maildrop _maildrop = new();
    readonly Pop3ServerOptions _serverOptions;
    readonly StorePlace _place;
    readonly Witness _witness;
    readonly List<IAsyncDisposable> _dead = [];
    CancellationTokenSource _life = new();
    int _added;
    int _eventsBefore;

    Delivery(AzureContainer? azure, Pop3ServerOptions options)
    {
        _place = new StorePlace(azure, Path.Combine(_folder, "blobs"), Clock);
        _witness = new(_maildrop, name => _place.HashAsync(name, CancellationToken.None));
        Blobs = new FaultyStore(_witness.Watch(_place.Open()));
        _serverOptions = options with { Accounts = new Dictionary<string, Pop3Account> { [Box] = new("secret", _maildrop) } };
        Server = Pop3Server.Start(_serverOptions);
        _witness.Serves(Server.Events);
        Mailbox = new Mailbox
        {
            Id = Box,
            File = "sales.json",
            Server = new Pop3Endpoint("127.0.0.1", Server.Port, TlsMode.None),
            Username = Box,
            Password = new InlineSecret(new("mailbox sales", "password", "sales.json"), new Secret("secret")),
        };
    }

    public HostClock Clock { get; } = new();

    public Pop3Server Server { get; private set; }

    /// <summary>The store as the poll sees it.</summary>
    public FaultyStore Blobs { get; private set; }

    /// <summary>The ledger as the poll sees it.</summary>
    public FaultyLedger Ledger { get; private set; } = null!;

    public Mailbox Mailbox { get; set; }

    /// <summary>What the poll has logged.</summary>
    public LogLines Log { get; } = new();

    /// <summary>What is on the server now.</summary>
    public IReadOnlyList<MaildropMessage> OnServer => _maildrop.Messages;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    string LedgerFile => Path.Combine(_folder, "ledger.db");

    public static async Task<Delivery> OpenAsync(AzureContainer? azure, Pop3ServerOptions options)
    {
        var delivery = new Delivery(azure, options);
        delivery.Ledger = await FaultyLedger.OpenAsync(delivery.LedgerFile, delivery.Clock);
        return delivery;
    }

    /// <summary>A new message on the server, unlike every other.</summary>
    public MaildropMessage Add(string? uniqueId = null, int bodyOctets = 100)
    {
        var number = _added + 1;
        var text = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"Received: by mx; Mon, 23 Nov 2026 07:00:00 +0000\r\nSubject: {number}\r\n\r\n");
        for (var line = 0; text.Length < bodyOctets; line++)
            text.Append(CultureInfo.InvariantCulture, $".line {line} of message {number}, {new string('x', 40)}\r\n");
        return Add(Encoding.ASCII.GetBytes(text.ToString()), uniqueId);
    }

    public MaildropMessage Add(byte[] octets, string? uniqueId = null)
    {
        var message = _maildrop.Add(octets, uniqueId);
        _added++;
        _witness.Accept(message, Convert.ToHexStringLower(SHA256.HashData(message.ToArray())));
        return message;
    }

    public void Add(int messages)
    {
        for (var i = 0; i < messages; i++)
            Add();
    }

    /// <summary>Another client deletes the message: what was not stored by then is not ours to keep.</summary>
    public void RemoveFromServer(MaildropMessage message) => Assert.True(_maildrop.Remove(message));

    /// <summary>From now on the server behaves.</summary>
    public async Task MendServerAsync()
    {
        await Server.DisposeAsync();
        Server = Pop3Server.Start(_serverOptions with { Faults = FaultScript.None });
        _witness.Serves(Server.Events);
        Mailbox = Mailbox with { Server = Mailbox.Server with { Port = Server.Port } };
    }

    /// <summary>The message is on the server again, under the unique-id that it had.</summary>
    public void BringBack(MaildropMessage message) => _maildrop.Restore(message);

    /// <summary>Runs one poll to its end and checks the promise. After a kill it is the poll of a new process.</summary>
    public async Task<PollReport> PollAsync(CancellationToken enough = default, CancellationToken stop = default)
    {
        if (_life.IsCancellationRequested)
            await RestartAsync();
        if ((await Ledger.Ledger.ReadTraitsAsync(Box, Stop)).NotBefore is { } until && until > Clock.GetUtcNow())
            Clock.Advance(until - Clock.GetUtcNow()); // no schedule polls earlier
        return await EndAsync(BeginPoll(enough, stop));
    }

    /// <summary>Begins a poll, for tests that do something while it runs. To be given to <see cref="EndAsync"/>.</summary>
    public Task<PollReport> BeginPoll(CancellationToken enough = default, CancellationToken stop = default)
    {
        _eventsBefore = Server.Events.Count;
        var retries = new Retries(Clock, new ImpatientClock());
        var blobs = new GuardedBlobStore(Blobs, Clock, retries.StoreAnswered, () => retries.StoreProblem);
        var poll = new MailboxPoll(blobs, Ledger.Ledger, new MemoryBudget(64 << 20), retries, Clock, Log);
        var either = CancellationTokenSource.CreateLinkedTokenSource(_life.Token, stop);
        return Task.Run(() => poll.RunAsync(Mailbox, new PollReport(Box), enough, either.Token), Stop);
    }

    /// <summary>Waits for a poll and checks the promise.</summary>
    public async Task<PollReport> EndAsync(Task<PollReport> poll)
    {
        var report = await poll.WaitAsync(Stop);
        await Server.SessionsClosedAsync(Stop);
        await CheckAsync(_life.IsCancellationRequested ? null : report);
        return report;
    }

    /// <summary>Time flies until the poll logs such a line; it goes on when time stands still again.</summary>
    public async Task TimeFliesUntilAsync(int line)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var stopped = new ManualResetEventSlim();
        Log.At = logged =>
        {
            if (logged.Id != line)
                return;
            reached.TrySetResult();
            stopped.Wait(Stop);
        };
        while (!reached.Task.IsCompleted)
        {
            Clock.Advance(TimeSpan.FromSeconds(5));
            await Task.Yield();
        }
        Log.At = null;
        stopped.Set();
    }

    /// <summary>Waits for a poll while time flies.</summary>
    public async Task<PollReport> EndInTimeAsync(Task<PollReport> poll)
    {
        while (!poll.IsCompleted)
        {
            Clock.Advance(TimeSpan.FromSeconds(5));
            await Task.Yield();
        }
        return await EndAsync(poll);
    }

    /// <summary>Waits until the server's script has struck at a command.</summary>
    public Task StruckAsync(string verb) =>
        Server.Events.WaitForAsync(happened => happened.Kind == ServerEventKind.Fault && happened.Verb == verb, Stop);

    /// <summary>
    /// The process dies here and now: whatever its code still tries, nothing reaches the ledger, the store or the server.
    /// </summary>
    public void Kill()
    {
        Ledger.IsDead = true;
        Blobs.IsDead = true;
        _life.Cancel();
    }

    /// <summary>How many commands with this verb the latest poll has sent.</summary>
    public int Sent(string verb) => Server.Events.Skip(_eventsBefore).Count(happened => happened.IsCommand(verb));

    /// <summary>How many messages the server has removed since the latest poll began.</summary>
    public int Removed => Server.Events.Skip(_eventsBefore).Count(happened => happened.Kind == ServerEventKind.Removed);

    /// <summary>How many sessions the latest poll has opened.</summary>
    public int Sessions => Server.Events.Skip(_eventsBefore).Count(happened => happened.Kind == ServerEventKind.Connected);

    public Task<IReadOnlyList<LedgerRow>> RowsAsync() => Ledger.Ledger.ReadAsync(Box, Stop);

    public async Task<IReadOnlyList<MessageState>> StatesAsync() => [.. (await RowsAsync()).Select(row => row.State)];

    /// <summary>Content of each visible blob by its name.</summary>
    public Task<IReadOnlyDictionary<string, byte[]>> BlobsAsync() => _place.ReadAllAsync(Stop);

    /// <summary>Somebody else deletes a blob.</summary>
    public async Task LoseBlobAsync(string name)
    {
        await _place.DeleteAsync(name, Stop);
        _witness.Before(await _place.HashAllAsync(Stop));
    }

    /// <summary>Takes a copy of the ledger, as a backup does.</summary>
    public async Task<byte[]> BackUpLedgerAsync()
    {
        await Ledger.DisposeAsync();
        var copy = await File.ReadAllBytesAsync(LedgerFile, Stop);
        Ledger = await FaultyLedger.OpenAsync(LedgerFile, Clock);
        return copy;
    }

    /// <summary>Puts a copy in the ledger's place; null loses it.</summary>
    public async Task ReplaceLedgerAsync(byte[]? copy)
    {
        await Ledger.DisposeAsync();
        foreach (var file in Directory.EnumerateFiles(_folder, "ledger.db*"))
            File.Delete(file);
        if (copy is not null)
            await File.WriteAllBytesAsync(LedgerFile, copy, Stop);
        Ledger = await FaultyLedger.OpenAsync(LedgerFile, Clock);
        _witness.LedgerReplaced();
    }

    public async ValueTask DisposeAsync()
    {
        await _life.CancelAsync();
        await Server.DisposeAsync();
        await Ledger.DisposeAsync();
        await Blobs.DisposeAsync();
        foreach (var dead in _dead)
            await dead.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Never lost, never twice; and the accounts are right.</summary>
    async Task CheckAsync(PollReport? report)
    {
        _witness.After(await _place.HashAllAsync(Stop));
        _witness.Read(await RowsAsync());
        if (report is not null)
            _witness.Told(report);
        Assert.Empty(_witness.History.Violations);
        Assert.DoesNotContain(Log.Lines, line => line.Event.Id is 103 or 902);
    }

    /// <summary>What has been gone for long is forgotten, as after each run.</summary>
    public async Task ForgetGoneAsync()
    {
        Assert.NotEqual(0, await Ledger.Ledger.ForgetGoneAsync(TimeSpan.FromDays(90), Stop));
        _witness.Read(await RowsAsync());
    }

    /// <summary>A new process: another ledger and store object on what the dead one has left.</summary>
    public async Task RestartAsync()
    {
        await Ledger.DisposeAsync();
        _dead.Add(Blobs);
        Ledger = await FaultyLedger.OpenAsync(LedgerFile, Clock);
        Blobs = new FaultyStore(_witness.Watch(_place.Open()));
        _life = new CancellationTokenSource();
    }
}
