using System.Text;
using MailIngest.Ledger;
using MailIngest.Pop3.Server;
using MailIngest.Simulation.Ledger;
using MailIngest.Simulation.Scheduling;
using MailIngest.Simulation.Wire;

namespace MailIngest.Simulation.Stories;

/// <summary>
/// One seed's history: a server with quirks, mail that comes, other clients, one to three workers, and faults at any effect; then a quiet
/// phase, in which everything has to come right.
/// </summary>
sealed class Story : IDisposable
{
    static readonly Strike[] _s_strikes =
        [Strike.Before, Strike.Before, Strike.After, Strike.After, Strike.Half, Strike.Hang, Strike.HangAfter, Strike.Cancel, Strike.Kill];

    readonly Circumstances _circumstances;
    readonly Dice _dice;
    readonly Dice _luck;
    readonly List<MaildropMessage> _messages = [];
    LedgerDisk? _backup;
    bool _migrated;
    bool _over;

    public Story(ulong seed, Action<World>? tamper = null)
    {
        Seed = seed;
        _dice = new Dice(seed ^ 0xA5A5_5A5A_1234_9876);
        _luck = _dice.Fork();
        _circumstances = new Circumstances(_dice.Fork());
        World = new World(seed, new WorldOptions
        {
            Latency = _circumstances.Latency,
            StoreLatency = _circumstances.StoreLatency,
            Chunks = _circumstances.Chunks,
            Window = _circumstances.Window,
            Store = _circumstances.Store,
            Shuffles = true,
            Mailbox = _circumstances.Configure,
        });
        tamper?.Invoke(World);
    }

    public ulong Seed { get; }

    public World World { get; }

    public IReadOnlyList<Quirk> Quirks => _circumstances.Quirks;

    /// <summary>From the first message to the verdict.</summary>
    public void Run()
    {
        World.Log.Add("story", $"seed {Seed}: {string.Join(", ", Quirks)}; faults {_circumstances.FaultRate}, {_circumstances.Store}");
        RestartServer();
        World.Faults = Fate;
        World.Run(TellAsync);
    }

    public void Dispose()
    {
        _backup?.Dispose();
        World.Dispose();
    }

    async Task TellAsync()
    {
        var workers = Has(Quirk.SeveralWorkers) ? _dice.Between(2, 3) : 1;
        var working = Enumerable.Range(0, workers).Select(_ => WorkAsync(_dice.Fork())).ToList();
        var events = _dice.Between(4, 20);
        for (var i = 0; i < events; i++)
        {
            Happen();
            await World.DelayAsync(_dice.Chance(0.5)
                ? _dice.Between(TimeSpan.Zero, TimeSpan.FromSeconds(3))
                : _dice.Between(TimeSpan.Zero, TimeSpan.FromMinutes(10)));
        }
        _over = true;
        await Task.WhenAll(working);
        World.Mailbox = Circumstances.Generous(World.Mailbox);
        await World.SettleAsync(options => _circumstances.Honest(options, _migrated));
    }

    /// <summary>One worker after the other, each for a few polls.</summary>
    async Task WorkAsync(Dice dice)
    {
        SimulatedWorker? worker = null;
        while (!_over)
        {
            if (worker is null or { IsDead: true })
                worker = await World.StartWorkerAsync();
            var report = worker is null ? null : await World.PollAsync(worker);
            if (report is not null && dice.Chance(0.3))
            {
                await World.EndWorkerAsync(worker!);
                worker = null;
            }
            await World.DelayAsync(dice.Between(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(dice.Of(1, 1, 5, 20))));
        }
    }

    /// <summary>One thing that happens outside of us.</summary>
    void Happen()
    {
        if (_messages.Count == 0 || _dice.Chance(0.55))
            Deliver();
        else if (Quirks.Count > 0)
            Happen(_dice.Of<Quirk>([.. Quirks]));
        if (_dice.Chance(_circumstances.FaultRate * 4))
            World.Cut = new WireCut(
                World.Connections + 1, _dice.Chance(0.8), _dice.Between(0, 3000), _dice.Of(WireEnd.Fin, WireEnd.Reset, WireEnd.Stall));
    }

    void Happen(Quirk quirk)
    {
        var there = World.Account.Maildrop.Messages;
        switch (quirk)
        {
            case Quirk.OtherClient when there.Count > 0:
                World.RemoveByOther(there[_dice.Below(there.Count)]);
                break;
            case Quirk.RollsBack when _messages.Except(there).ToList() is { Count: > 0 } gone:
                World.BringBack(gone[_dice.Below(gone.Count)]);
                break;
            case Quirk.InUse when World.Account.Maildrop.TryLock() is { } held:
                _ = HoldAsync(held);
                break;
            case Quirk.Migration when !_migrated && NothingIsUndecided():
                _migrated = true;
                RestartServer();
                break;
            case Quirk.ServerCrashes:
                RestartServer();
                break;
            case Quirk.LedgerLost:
                World.ReplaceLedger(null);
                break;
            case Quirk.LedgerRestored when _backup is null:
                _backup = World.CopyLedger();
                break;
            case Quirk.LedgerRestored when _dice.Chance(0.5):
                World.ReplaceLedger(_backup);
                break;
            case Quirk.Freezes when World.Worker is { } worker:
                _ = FreezeAsync(worker);
                break;
            case Quirk.Interrupts when World.Worker is { } worker:
                worker.Interrupt();
                break;
        }
    }

    /// <summary>
    /// All unique-ids change only while nothing hangs in the balance. A message whose DELE was sent, and nobody knows whether it was
    /// carried out, is stored once more when it is found under another unique-id: it may be another one that is the same to the octet, and
    /// doubt is resolved towards storing. A blob whose row was lost is found again by its name alone, which follows from the unique-id.
    /// </summary>
    bool NothingIsUndecided()
    {
        World.KillWorkers();
        var rows = World.Disk.Rows(World.Mailbox.Id);
        var blobs = rows.Select(row => row.Stored?.BlobName).ToHashSet();
        return !rows.Any(row => row.State == MessageState.Deleting) && World.Truth.Blobs.All(blobs.Contains);
    }

    void Deliver()
    {
        if (_dice.Chance(0.03) && _messages.Count > 0) // the same message once more
        {
            _messages.Add(World.Deliver(_messages[_dice.Below(_messages.Count)].ToArray(), UniqueId()));
            return;
        }
        if (Has(Quirk.ForgetsFirstDot) && _dice.Chance(0.5))
        {
            var dot = $".hidden: {_messages.Count}\r\nSubject: dot\r\n\r\nbody\r\n";
            _messages.Add(World.Deliver(Encoding.ASCII.GetBytes(dot), UniqueId()));
            return;
        }
        var octets = _dice.Chance(0.001) ? _dice.Between(4 << 20, 9 << 20)
            : _dice.Chance(0.1) ? _dice.Between(2000, 30_000)
            : _dice.Between(0, 900);
        _messages.Add(World.Deliver(octets, UniqueId()));
    }

    string? UniqueId()
    {
        var there = World.Account.Maildrop.Messages;
        if (Has(Quirk.DuplicateUniqueIds) && there.Count > 0 && _dice.Chance(0.4))
            return there[_dice.Below(there.Count)].UniqueId;
        if (Has(Quirk.ReusedUniqueIds) && _dice.Chance(0.6)
            && _messages.Where(World.Truth.WasRemovedByUs).Select(message => message.UniqueId)
                .Except(there.Select(message => message.UniqueId)).ToList() is { Count: > 0 } free)
            return free[_dice.Below(free.Count)];
        if (Has(Quirk.HostileUniqueIds) && _dice.Chance(0.6))
            return _dice.Of("../../etc/cron.d/x", "a b", "\u00e4\u00ff", new string('u', 200), "%", "'; drop table message", ".", "..")
                + _messages.Count;
        return null;
    }

    async Task HoldAsync(IDisposable held)
    {
        World.Log.Add("maildrop", "another client has it");
        await World.DelayAsync(_dice.Between(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5)));
        World.Log.Add("maildrop", "the other client has left");
        held.Dispose();
    }

    async Task FreezeAsync(SimulatedWorker worker)
    {
        World.Log.Add(worker.Name, "stands still");
        worker.Actor.Freeze();
        await World.DelayAsync(_dice.Between(TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(6)));
        World.Log.Add(worker.Name, "goes on");
        worker.Actor.Thaw();
    }

    void RestartServer()
    {
        World.Log.Add("server", "starts");
        World.Server.Restart(_circumstances.Troubled(_circumstances.Honest(World.Server.Options, _migrated), World.Truth));
    }

    Strike Fate(Effect effect) => _luck.Chance(_circumstances.FaultRate) ? _luck.Of<Strike>(_s_strikes) : Strike.None;

    bool Has(Quirk quirk) => _circumstances.Has(quirk);
}
