using System.Globalization;
using System.Text;
using MailIngest.Blobs;
using MailIngest.Mailboxes;
using MailIngest.Polling;
using MailIngest.Pop3;
using MailIngest.Pop3.Server;
using MailIngest.Settings;
using MailIngest.Simulation.Ledger;
using MailIngest.Simulation.Scheduling;
using MailIngest.Simulation.Store;
using MailIngest.Simulation.Wire;

namespace MailIngest.Simulation;

/// <summary>
/// One mailbox, its server, ledger and store, and the workers that poll it: the real code on one thread, in a time of its own. Everything
/// follows from the seed, so what happens once happens again, octet for octet.
/// </summary>
/// <example>
/// <code>
/// using var world = new World(seed: 1, new WorldOptions());
/// world.Faults = effect => effect.Number == 17 ? Strike.Kill : Strike.None;   // one effect of the world goes wrong
/// world.Run(async () =>
/// {
///     world.Deliver(octets: 500);          // a message is on the server
///     await world.PollAsync();             // one poll; starts a worker if none lives; null when it is killed
///     await world.DelayAsync(TimeSpan.FromMinutes(5));
///     await world.SettleAsync();           // no more faults: polls until everything is stored, then judges
/// });
/// Assert.Empty(world.Violations);          // world.Log.Lines, world.Log.Hash(), world.Effects say what happened
/// </code>
/// </example>
public sealed partial class World : IDisposable
{
    const string User = "sales@example.org";

    readonly Actor _environment;
    readonly List<SimulatedWorker> _workers = [];
    int _number;

    public World(ulong seed, WorldOptions options)
    {
        Options = options;
        Dice = new Dice(seed);
        Pump = new Pump(options.Shuffles ? Dice.Fork() : null, options.MostSteps);
        Log = new EventLog(Pump);
        _environment = Pump.NewActor("world");
        Truth = new Truth(this);
        Disk = LedgerDisk.Fresh();
        Service = new BlobService { Created = (name, blob) => Truth.Created(name, blob.Sha256) };
        Folder = new SimulatedFolder((name, sha256) => Truth.Created(name, sha256), _environment.Clock);
        Account = new Pop3Account("secret", new Maildrop());
        Server = new SimulatedServer(this, options.Server(new Pop3ServerOptions
        {
            Accounts = new Dictionary<string, Pop3Account> { [User] = Account },
            Faults = FaultScript.None.WithoutLock(),
        }));
        Network = new Network(this);
        Mailbox = options.Mailbox(new Mailbox
        {
            Id = "sales",
            File = "sales.json",
            Server = new Pop3Endpoint("mail.example.org", 110, TlsMode.None),
            Username = User,
            Password = new InlineSecret(new("mailbox sales", "password", "sales.json"), new Secret("secret")),
        });
    }

    /// <summary>A task that never completes: what waits for it is no more.</summary>
    public static Task Never => new TaskCompletionSource().Task;

    public WorldOptions Options { get; }

    public Dice Dice { get; }

    public Pump Pump { get; }

    public EventLog Log { get; }

    public Truth Truth { get; }

    /// <summary>The mailbox's file: may be replaced between polls.</summary>
    public Mailbox Mailbox { get; set; }

    /// <summary>The user and his maildrop.</summary>
    public Pop3Account Account { get; }

    /// <summary>Every breach of the promise.</summary>
    public IReadOnlyList<string> Violations => Truth.Violations;

    /// <summary>Connections so far; the next one has the next number.</summary>
    public int Connections => Network.Connections;

    /// <summary>Octets that one side of a connection has sent so far.</summary>
    public long SentBy(int connection, bool fromServer) => Network.SentBy(connection, fromServer);

    /// <summary>The worker that polls; null when none lives.</summary>
    public SimulatedWorker? Worker => _workers.FindLast(worker => !worker.IsDead);

    /// <summary>What stands between the guarded store and the real one, for a store that is broken on purpose.</summary>
    internal Func<IBlobStore, IBlobStore> StoreSeam { get; set; } = store => store;

    internal BlobService Service { get; }

    internal SimulatedFolder Folder { get; }

    internal SimulatedServer Server { get; }

    internal Network Network { get; }

    /// <summary>Runs a scenario to its end.</summary>
    public void Run(Func<Task> scenario) => Pump.RunUntil(_environment.RunAsync(async () =>
    {
        await scenario();
        return true;
    }));

    /// <summary>A new message, unlike every other.</summary>
    public MaildropMessage Deliver(int octets, string? uniqueId = null)
    {
        var text = new StringBuilder().Append(
            CultureInfo.InvariantCulture, $"Received: by mx; Mon, 23 Nov 2026 07:00:00 +0000\r\nSubject: number {++_number}\r\n\r\n");
        while (text.Length < octets)
            text.Append(CultureInfo.InvariantCulture, $".line {text.Length} of number {_number}, {new string('x', 50)}\r\n");
        return Deliver(Encoding.ASCII.GetBytes(text.ToString()), uniqueId);
    }

    /// <summary>A new message with these octets.</summary>
    public MaildropMessage Deliver(byte[] octets, string? uniqueId = null)
    {
        var message = Account.Maildrop.Add(octets, uniqueId);
        Truth.Accepted(message);
        return message;
    }

    /// <summary>Another client removes a message.</summary>
    public void RemoveByOther(MaildropMessage message)
    {
        Truth.TakenByOther(message);
        Account.Maildrop.Remove(message);
    }

    /// <summary>A message that had left is back under the unique-id that it had.</summary>
    public void BringBack(MaildropMessage message)
    {
        Account.Maildrop.Restore(message);
        Truth.Returned(message);
    }

    public Task DelayAsync(TimeSpan span) => Task.Delay(span, _environment.Clock);

    /// <summary>One poll by a worker that lives, or by a new one. Null: it was killed, or could not even start.</summary>
    public async Task<PollReport?> PollAsync()
    {
        var worker = Worker ?? await StartWorkerAsync();
        return worker is null ? null : await PollAsync(worker);
    }

    /// <summary>One poll by this worker.</summary>
    public async Task<PollReport?> PollAsync(SimulatedWorker worker)
    {
        Log.Add(worker.Name, "polls");
        var report = await worker.PollAsync();
        if (report is not null)
            Truth.Polled(worker.Name, report);
        return report;
    }

    /// <summary>A new worker process; null when it ended before it could poll.</summary>
    public async Task<SimulatedWorker?> StartWorkerAsync()
    {
        var worker = new SimulatedWorker(this, $"worker{_workers.Count + 1}");
        _workers.Add(worker);
        Log.Add(worker.Name, "starts");
        if (LedgerForgets)
            Forget();
        if (await worker.StartAsync())
            return worker;
        if (!worker.IsDead)
            await worker.EndAsync();
        return null;
    }

    /// <summary>Ends a worker in good order.</summary>
    public async Task EndWorkerAsync(SimulatedWorker worker)
    {
        Log.Add(worker.Name, "ends");
        await worker.EndAsync();
    }

    /// <summary>Every worker dies.</summary>
    public void KillWorkers() => _workers.ForEach(worker => worker.Kill());

    /// <summary>Whether a worker of this name is known to have ended.</summary>
    internal bool HasDied(string name) => _workers.Exists(worker => worker.Name == name && worker.IsDead);

    /// <summary>Every connection is reset: the machine at the other end is gone.</summary>
    internal void DropConnections()
    {
        foreach (var stream in _workers.SelectMany(worker => worker.Streams))
        {
            stream.Outgoing.End(WireEnd.Reset);
            stream.Incoming.End(WireEnd.Reset);
        }
    }

    /// <summary>
    /// From now on nothing goes wrong. Polls, waits, and releases what was put aside, until everything is stored and nothing more is to be
    /// deleted; then says what is missing.
    /// </summary>
    /// <param name="server">What the server is like from now on; null: as it was.</param>
    /// <param name="mostPolls">So many must be enough.</param>
    public async Task SettleAsync(Func<Pop3ServerOptions, Pop3ServerOptions>? server = null, int mostPolls = 40)
    {
        (Faults, Cut) = (null, null);
        foreach (var left in _workers.ToList().Where(worker => !worker.IsDead))
            left.Kill();
        if (server is not null)
            Server.Restart(server(Server.Options));
        Log.Add("world", "settles");
        for (var polls = 0; polls < mostPolls; polls++)
        {
            var report = await PollAsync();
            if (report is { Result: PollResult.Ok, KeptByServer: 0, Deleted: 0 } && report.Counts is { Quarantined: 0, Left: 0, Fetched: 0 }
                && !Truth.Unstored.Any())
                break;
            await ReleaseAsync();
            await DelayAsync(TimeSpan.FromMinutes(65));
        }
        Truth.Settle();
    }

    public void Dispose()
    {
        _remembered?.Dispose();
        Disk.Dispose();
        Folder.Dispose();
    }

    /// <summary>Something in the simulated world itself is broken.</summary>
    internal void Defect(string sentence) => Truth.Breaks($"a defect of the simulation: {sentence}");
}
