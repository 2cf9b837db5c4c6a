using System.Security.Cryptography;
using MailIngest.Auditing;
using MailIngest.Blobs;
using MailIngest.Ledger;
using MailIngest.Mailboxes;
using MailIngest.Polling;
using MailIngest.Pop3;
using MailIngest.Pop3.Server;
using MailIngest.Tests.Auditing;
using MailIngest.Tests.DeliveryPromise;
using MailIngest.Tokens;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailIngest.Tests.Polling;

/// <summary>A message that was delivered to the maildrop: what must be in the store exactly once, or on the server still.</summary>
sealed record Delivered(MaildropMessage Message, string Sha256);

/// <summary>
/// The whole path in one process: our server over loopback, the real poll, a SQLite ledger and a folder of blobs, under a clock that stands
/// still. After every poll the <see cref="History"/> of the mailbox is checked.
/// </summary>
sealed class PollWorld : IAsyncDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("mailingest-poll-").FullName;
    readonly List<Delivered> _delivered = [];
    readonly Witness _witness;
    UniqueIdLedger? _witnessed;
    int _lastNumber;

    PollWorld() => _witness = new(Maildrop, name => Task.FromResult(Hash(Path.Combine(BlobFolder, name))));

    public FakeTimeProvider Clock { get; } = new(A.Noon);

    public Maildrop Maildrop { get; } = new();

    public Pop3Server Server { get; private set; } = null!;

    public Pop3ServerOptions ServerOptions { get; private set; } = null!;

    /// <summary>The mailbox's file, so to speak: change it with <c>with</c>; host and port are set by the poll.</summary>
    public Mailbox Mailbox { get; set; } = A.Mailbox();

    public IBlobStore Blobs { get; private set; } = null!;

    public UniqueIdLedger Ledger { get; private set; } = null!;

    public CapturedLog Log { get; } = new();

    /// <summary>The access tokens of the present process.</summary>
    public TokenSources Tokens { get; private set; } = null!;

    /// <summary>Where the client connects: the server, unless something stands in between.</summary>
    public int? Port { get; set; }

    public static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>
    /// By default a server that lets sessions overlap, like Dovecot, so that a session may follow at once on one that was dropped.
    /// </summary>
    public static async Task<PollWorld> CreateAsync(
        Func<FaultScript, FaultScript>? faults = null, Func<Pop3ServerOptions, Pop3ServerOptions>? server = null,
            Func<Mailbox, Mailbox>? mailbox = null)
    {
        var world = new PollWorld();
        var options = new Pop3ServerOptions
        {
            Accounts = new Dictionary<string, Pop3Account> { ["sales@example.org"] = new("secret", world.Maildrop) },
            Clock = world.Clock,
            Faults = FaultScript.None.WithoutLock(),
        };
        world.ServerOptions = server?.Invoke(options) ?? options;
        world.Mailbox = mailbox?.Invoke(world.Mailbox) ?? world.Mailbox;
        await world.RestartServerAsync(faults);
        await world.OpenAsync();
        return world;
    }

    /// <summary>The same maildrop behind a server that misbehaves in another way, or not at all.</summary>
    public async Task RestartServerAsync(
        Func<FaultScript, FaultScript>? faults = null, Func<Pop3ServerOptions, Pop3ServerOptions>? options = null)
    {
        if (Server is not null)
            await Server.DisposeAsync();
        ServerOptions = options?.Invoke(ServerOptions) ?? ServerOptions;
        Server = Pop3Server.Start(ServerOptions with { Faults = faults?.Invoke(ServerOptions.Faults) ?? ServerOptions.Faults });
        _witness.Serves(Server.Events);
    }

    /// <summary>A new process: ledger and store are opened again from what is on the disk.</summary>
    public async Task RestartWorkerAsync()
    {
        await Ledger.DisposeAsync();
        await Blobs.DisposeAsync();
        await OpenAsync();
    }

    /// <summary>The ledger file is lost; the blobs are not.</summary>
    public async Task LoseLedgerAsync()
    {
        await Ledger.DisposeAsync();
        Directory.Delete(Path.Combine(_folder, "ledger"), recursive: true);
        Ledger = await OpenLedgerAsync("ledger");
    }

    public Task<UniqueIdLedger> OpenLedgerAsync(string name) =>
        UniqueIdLedger.OpenAsync(Path.Combine(_folder, name, "ledger.db"), Clock, Stop);

    async Task OpenAsync()
    {
        Blobs = _witness.Watch(FileBlobStore.Open(BlobFolder, Clock));
        Ledger = await OpenLedgerAsync("ledger");
        Retries = new(Clock, new ImpatientClock());
        Tokens = new(Clock);
    }

    string BlobFolder => Path.Combine(_folder, "blobs");

    /// <summary>So many new messages of 500 octets.</summary>
    public void Deliver(int count)
    {
        for (var i = 0; i < count; i++)
            Deliver();
    }

    /// <summary>A new message of that length.</summary>
    public Delivered Deliver(int octets = 500, string? uniqueId = null) => Deliver(Mail.Numbered(++_lastNumber, octets), uniqueId);

    public Delivered Deliver(byte[] octets, string? uniqueId = null) => Expect(Maildrop.Add(octets, uniqueId));

    /// <summary>From now on the promise is about this message too.</summary>
    public Delivered Expect(MaildropMessage message)
    {
        using var lines = message.OpenLines();
        var delivered = new Delivered(message, Convert.ToHexStringLower(SHA256.HashData(lines)));
        _delivered.Add(delivered);
        _witness.Accept(message, delivered.Sha256);
        return delivered;
    }

    /// <summary>The retries of the present process: no wait takes any time, but the breaker's do.</summary>
    public Retries Retries { get; private set; } = null!;

    public MailboxPoll Poll(IBlobStore? blobs = null, UniqueIdLedger? ledger = null) =>
        new(new(blobs ?? Blobs, Clock, Retries.StoreAnswered, () => Retries.StoreProblem), ledger ?? Ledger, new MemoryBudget(64 << 20),
            Retries, Clock, Log)
        { Tokens = Tokens };

    /// <summary>Time passes until a server with a LOGIN-DELAY may be signed in to, as it does for a schedule.</summary>
    public async Task PatienceAsync()
    {
        if ((await Ledger.ReadTraitsAsync(Mailbox.Id, Stop)).NotBefore is { } until && until > Clock.GetUtcNow())
            Clock.SetUtcNow(until);
    }

    /// <summary>One poll as soon as the server wants it, then the checks that hold after every poll.</summary>
    public async Task<PollReport> PollAsync(
        IBlobStore? blobs = null, UniqueIdLedger? ledger = null, CancellationToken? stop = null, CancellationToken enough = default)
    {
        await PatienceAsync();
        _witness.Before(BlobHashes());
        var report = await RunAsync(blobs, ledger, stop, enough);
        await CheckAsync(report, ledger ?? Ledger);
        return report;
    }

    /// <summary>One poll and no check: something else is under way beside it.</summary>
    public Task<PollReport> RunAsync(
        IBlobStore? blobs = null, UniqueIdLedger? ledger = null, CancellationToken? stop = null, CancellationToken enough = default)
    {
        return Poll(blobs, ledger).RunAsync(Here, new PollReport(Mailbox.Id), enough, stop ?? Stop);
    }

    /// <summary>The mailbox at the present server.</summary>
    public Mailbox Here => Mailbox with { Server = new Pop3Endpoint("127.0.0.1", Port ?? Server.Port, ServerOptions.Tls) };

    /// <summary>So many polls, each with the checks; one that opens more sessions than allowed is dropped, and the test fails.</summary>
    public async Task<PollReport> PollWithinAsync(int sessions, int polls = 1, IBlobStore? blobs = null)
    {
        while (true)
        {
            await PatienceAsync();
            _witness.Before(BlobHashes());
            if (Retries.StoreProblem is not null)
                Clock.Advance(TimeSpan.FromMinutes(5)); // the break is over
            var last = Server.Events.Select(happened => happened.Session).DefaultIfEmpty().Max();
            using var drop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
            var tooMany = Server.Events.WaitForAsync(
                happened => happened.Kind == ServerEventKind.SignedIn && happened.Session > last + sessions, drop.Token);
            var poll = RunAsync(blobs, stop: drop.Token);
            await Task.WhenAny(poll, tooMany);
            await drop.CancelAsync();
            var report = await poll;
            Assert.False(tooMany.IsCompletedSuccessfully, $"one poll and more than {sessions} sessions");
            await CheckAsync(report, Ledger);
            if (--polls == 0)
                return report;
        }
    }

    /// <summary>Every breach of the promise so far.</summary>
    public IReadOnlyList<Violation> Violations()
    {
        _witness.After(BlobHashes());
        return _witness.History.Violations;
    }

    /// <summary>How many breaches of one kind there are; with those that only the end shows.</summary>
    public int Count(Breach kind)
    {
        _witness.After(BlobHashes());
        return _witness.History.Settle(_ => false).Count(violation => violation.Kind == kind);
    }

    /// <summary>The promise holds, the report adds up, and nothing is left over in the store.</summary>
    async Task CheckAsync(PollReport report, UniqueIdLedger ledger)
    {
        await Server.SessionsClosedAsync(Stop);
        _witness.After(BlobHashes());
        if (ledger != _witnessed)
            _witness.LedgerReplaced();
        _witnessed = ledger;
        _witness.Read(await ledger.ReadAsync(Mailbox.Id, Stop));
        _witness.Told(report);
        Assert.Empty(_witness.History.Violations);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(BlobFolder, ".tmp")));
        Assert.DoesNotContain(Log.Lines, line => line.Contains("does not reconcile", StringComparison.Ordinal));
    }

    /// <summary>Everything delivered is stored, and the maildrop is empty.</summary>
    public void AssertAllMoved()
    {
        Assert.Equal(0, Maildrop.Count);
        AssertAllStored();
    }

    /// <summary>Everything delivered is stored once.</summary>
    public void AssertAllStored()
    {
        _witness.After(BlobHashes());
        Assert.Empty(_witness.History.Settle(_ => false));
    }

    public int Stored => BlobFiles.Count;

    public bool IsStored(Delivered message) => BlobHashes().ContainsValue(message.Sha256);

    public bool Holds(Delivered message) => Maildrop.Messages.Contains(message.Message);

    public IReadOnlyList<string> BlobFiles => [.. Directory.EnumerateFiles(BlobFolder, "*.eml", SearchOption.AllDirectories)];

    /// <summary>The commands with this verb that the present server has received: "RETR 1", "RETR 2".</summary>
    public IReadOnlyList<string> Commands(string verb) => [.. Server.Events.Commands(verb).Select(command => command.Text)];

    public async Task<IReadOnlyList<LedgerRow>> RowsAsync() => await Ledger.ReadAsync(Mailbox.Id, Stop);

    public async Task<LedgerRow> RowAsync(string uniqueId, int generation = 0) =>
        (await RowsAsync()).Single(row => row.UniqueId == uniqueId && row.Generation == generation);

    /// <summary>SHA-256 of each blob by its name.</summary>
    Dictionary<string, string> BlobHashes() => BlobFiles.ToDictionary(file => Path.GetRelativePath(BlobFolder, file), file => Hash(file)!);

    static string? Hash(string file)
    {
        if (!File.Exists(file))
            return null;
        using var content = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(content));
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Tokens.DisposeAsync();
        await Ledger.DisposeAsync();
        await Blobs.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
