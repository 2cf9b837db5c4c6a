using MailIngest.Blobs;
using MailIngest.Ledger;
using MailIngest.Polling;
using MailIngest.Simulation.Ledger;
using MailIngest.Simulation.Scheduling;
using MailIngest.Simulation.Store;
using MailIngest.Simulation.Wire;

namespace MailIngest.Simulation;

/// <summary>One worker process: the real code, with everything that it holds in memory. It can be killed at any effect.</summary>
public sealed class SimulatedWorker
{
    readonly World _world;
    readonly TaskCompletionSource _died = new();
    UniqueIdLedger? _ledger;
    MailboxPoll? _poll;
    CancellationTokenSource _enough = new();
    CancellationTokenSource _stop = new();

    internal SimulatedWorker(World world, string name)
    {
        _world = world;
        Name = name;
        Actor = world.Pump.NewActor(name);
        Dice = world.Dice.Fork();
    }

    public string Name { get; }

    public Actor Actor { get; }

    public bool IsDead => Actor.IsDead;

    /// <summary>Completes when it is killed.</summary>
    public Task Died => _died.Task;

    /// <summary>Its ledger; null before it was opened.</summary>
    public UniqueIdLedger? Ledger => _ledger;

    internal Dice Dice { get; }

    internal List<WireStream> Streams { get; } = [];

    internal List<SimulatedConnection> Connections { get; } = [];

    /// <summary>Opens the parts, as <c>Worker</c> does. False: it was killed meanwhile, or the ledger failed.</summary>
    internal async Task<bool> StartAsync()
    {
        var starting = Actor.RunAsync(async () =>
        {
            try
            {
                _ledger = await UniqueIdLedger.OpenAsync(new SimulatedLedger(_world, this), LedgerDisk.Dialect, Actor.Clock, default);
            }
            catch (LedgerException failed)
            {
                _world.Log.Add(Name, $"cannot start: {failed.Message}");
                return false;
            }
            var retries = new Retries(Actor.Clock, Actor.Clock, Dice.Fraction);
            var memory = new MemoryBudget(1 << 30);
            var store = _world.Options.Store == StoreKind.Azure
                ? new SimulatedStore(_world, this, AzureStore(memory), reaches: false)
                : new SimulatedStore(_world, this, _world.Folder.Open(), reaches: true);
            var guarded = new GuardedBlobStore(_world.StoreSeam(store), Actor.Clock, retries.StoreAnswered, () => retries.StoreProblem);
            _poll = new MailboxPoll(guarded, _ledger, memory, retries, Actor.Clock, new SimulatedLog(_world, Name))
            {
                Owner = Name,
                HasDied = _world.HasDied,
                Connect = (_, stop) => _world.Network.ConnectAsync(this, _world.Server.Pop3, stop),
            };
            return true;
        });
        await Task.WhenAny(starting, Died);
        return !IsDead && await starting;
    }

    /// <summary>One poll to its end; null when the worker is killed in it.</summary>
    internal async Task<PollReport?> PollAsync()
    {
        (_enough, _stop) = (new(), new());
        var report = new PollReport(_world.Mailbox.Id);
        var polling = Actor.RunAsync(() => _poll!.RunAsync(_world.Mailbox, report, _enough.Token, _stop.Token));
        await Task.WhenAny(polling, Died);
        return IsDead ? null : await polling;
    }

    /// <summary>Ends it in good order.</summary>
    internal async Task EndAsync()
    {
        var ending = Actor.RunAsync(async () =>
        {
            if (_ledger is not null)
                await _ledger.DisposeAsync();
            return true;
        });
        await Task.WhenAny(ending, Died);
        Actor.Kill();
        _died.TrySetResult();
    }

    /// <summary>SIGTERM: no new RETR; what is in flight is finished.</summary>
    public void Interrupt() => Actor.Run(_enough.Cancel);

    /// <summary>The grace is over: everything is dropped where it stands.</summary>
    public void Cancel() => Actor.Run(_stop.Cancel);

    /// <summary>SIGKILL: whatever its code would still do, nothing of it happens. What the kernel does for it happens: its connections end,
    /// and what its transactions had not committed is undone.</summary>
    public void Kill()
    {
        if (IsDead)
            return;
        _world.Log.Add(Name, "is killed");
        Actor.Kill();
        foreach (var stream in Streams)
            stream.Dispose();
        foreach (var connection in Connections.ToArray())
            connection.Drop(died: true);
        _died.TrySetResult();
    }

    AzureBlobStore AzureStore(MemoryBudget memory) => AzureBlobStore.Open(
        new AzureContainer { SasUri = new Uri("https://simulated.blob.core.windows.net/mail?sv=2026-01-01&sig=none") }, options =>
        {
            options.Transport = new ServiceTransport(_world, this);
            options.RetryPolicy = new RepeatableOnly(Azure.Core.DelayStrategy.CreateFixedDelayStrategy(TimeSpan.Zero));
        }, memory: memory);
}
