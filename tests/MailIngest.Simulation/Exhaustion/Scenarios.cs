using System.Text;
using MailIngest.Pop3.Server;

namespace MailIngest.Simulation.Exhaustion;

/// <summary>The situations of the sweep.</summary>
static class Scenarios
{
    /// <summary>Longer than a lease lasts.</summary>
    static readonly TimeSpan _s_standstill = TimeSpan.FromMinutes(3);

    static readonly byte[] _s_large = Large((4 << 20) + 20_000);

    /// <summary>The one of which all pairs of faults are tried.</summary>
    public static Scenario TwoMessages { get; } = new("Two new messages") { Before = DeliverTwo };

    public static IReadOnlyList<Scenario> All { get; } =
    [
        TwoMessages,
        new("Two new messages, into a folder") { Store = StoreKind.Folder, Before = DeliverTwo },
        new("No TOP, no PIPELINING") { Server = server => server with { Top = false, Pipelining = false }, Before = DeliverTwo },
        new("A message of more than 4 MiB, sent in blocks") { Before = DeliverLarge, Share = 5 },
        new("A message of more than 4 MiB, into a folder") { Store = StoreKind.Folder, Before = DeliverLarge, Share = 5 },
        new("Stored earlier: only DELE is left") { Mailbox = Keeping, Before = StoreTwo, Act = DeleteAsync },
        new("Stored earlier, into a folder") { Store = StoreKind.Folder, Mailbox = Keeping, Before = StoreTwo, Act = DeleteAsync },
        new("Stored earlier, and the server has no TOP")
        {
            Server = server => server with { Top = false }, Mailbox = Keeping, Before = StoreTwo, Act = DeleteAsync,
        },
        new("The last QUIT was lost: listed again, and proven by TOP") { Server = LosesFirstQuit, Before = PollTwo },
        new("The last QUIT was lost, and the server has neither TOP nor PIPELINING")
        {
            Server = server => LosesFirstQuit(server) with { Top = false, Pipelining = false }, Before = PollTwo,
        },
        new("The server has no UIDL") { Server = server => server with { Uidl = false }, Before = DeliverTwo, KnowsByUniqueId = false },
        new("Two messages have one unique-id") { Before = DeliverTwins, KnowsByUniqueId = false },
        new("A unique-id is used again for another message") { Before = ReuseUniqueId },
        new("All unique-ids are others than before") { Mailbox = Keeping, Before = Migrate, Act = DeleteAsync, KnowsByUniqueId = false },
        new("A message that failed has a session of its own")
        {
            Server = Faulty(faults => faults.At("RETR", message: 1, occurrence: 1).Refuses("no")), Before = PollTwo,
        },
        new("RETR of the first message is refused")
        {
            Server = Faulty(faults => faults.At("RETR", message: 1, occurrence: 1).Refuses("no")), Before = DeliverTwo,
        },
        new("A message is cut short and ended by a valid terminator")
        {
            Server = Faulty(faults => faults.At("RETR", message: 2, occurrence: 1).TruncatesTo(90)), Before = DeliverTwo,
        },
        new("An -ERR out of nowhere comes before the second message")
        {
            Server = Faulty(faults => faults.At("RETR", message: 2, occurrence: 1).SaysBefore("-ERR idle\r\n")), Before = DeliverTwo,
            KnowsByUniqueId = false, // what such a session stored is doubted, and read again
        },
        new("The ledger is lost, the blobs are there") { Mailbox = Keeping, Before = LoseLedger, Act = DeleteAsync },
        new("The ledger is restored from an old copy") { Mailbox = Keeping, Before = RestoreLedger, Act = DeleteAsync },
        new("Nothing is deleted") { Mailbox = Keeping, Before = DeliverTwo, Stay = 2 },
        new("Each message has a session of its own") { Mailbox = mailbox => mailbox with { CommitEvery = 1 }, Before = DeliverThree },
        new("QUIT removes what was RETR'd")
        {
            Server = server => Faulty(faults => faults.At("QUIT").RemovesRetrieved())(server) with { ExtraCapabilities = ["EXPIRE 0"] },
            Before = DeliverTwo,
        },
        new("A lost connection removes what is marked")
        {
            Server = Faulty(faults => faults.AtDisconnect().RemovesMarked()), Before = DeliverTwo,
        },
        new("DELE removes at once") { Server = Faulty(faults => faults.At("DELE").RemovesAtOnce()), Before = DeliverTwo },
        new("QUIT is answered and nothing is removed, once")
        {
            Server = Faulty(faults => faults.At("QUIT", occurrence: 1).IgnoresDeletions()), Before = PollTwo,
        },
        new("A Status: field is another one at each RETR") { Before = VaryTwo, KnowsByUniqueId = false },
        new("A blob is missing") { Mailbox = Keeping, Before = LoseBlob, Act = DeleteAsync },
        new("The worker is told to end while it stores")
        {
            Before = DeliverThree,
            Meanwhile = (world, effect) => On(effect, world, worker => worker.Interrupt()),
        },
        new("The first of two workers stands still for longer than its lease lasts")
        {
            Before = DeliverTwo, Act = TakeOverAsync, KnowsByUniqueId = false, // the first one goes on with what it had begun
            Meanwhile = (world, effect) => On(effect, world, worker => worker.Actor.Freeze()),
        },
    ];

    static Mailboxes.Mailbox Keeping(Mailboxes.Mailbox mailbox) => mailbox with { Delete = false };

    static Func<Pop3ServerOptions, Pop3ServerOptions> Faulty(Func<FaultScript, FaultScript> more) =>
        server => server with { Faults = more(server.Faults) };

    static Pop3ServerOptions LosesFirstQuit(Pop3ServerOptions server) =>
        Faulty(faults => faults.At("QUIT", occurrence: 1).CutBefore())(server);

    static Task DeliverTwo(World world) => Deliver(world, 2);

    static Task DeliverThree(World world) => Deliver(world, 3);

    static Task Deliver(World world, int messages)
    {
        for (var i = 0; i < messages; i++)
            world.Deliver(octets: 200);
        return Task.CompletedTask;
    }

    static Task DeliverLarge(World world)
    {
        world.Deliver(_s_large);
        return Task.CompletedTask;
    }

    static async Task PollTwo(World world)
    {
        await DeliverTwo(world);
        await world.PollAsync();
        await world.DelayAsync(TimeSpan.FromMinutes(5));
    }

    /// <summary>Two messages are stored and may not be deleted yet.</summary>
    static Task StoreTwo(World world) => PollTwo(world);

    /// <summary>From now on they may.</summary>
    static async Task DeleteAsync(World world)
    {
        world.Mailbox = world.Mailbox with { Delete = true };
        await world.PollAsync();
    }

    static Task DeliverTwins(World world)
    {
        world.Deliver(octets: 200, uniqueId: "twin");
        world.Deliver(octets: 200, uniqueId: "twin");
        return Task.CompletedTask;
    }

    static async Task ReuseUniqueId(World world)
    {
        world.Deliver(octets: 200, uniqueId: "again");
        await world.PollAsync();
        await world.DelayAsync(TimeSpan.FromMinutes(5));
        world.Deliver(octets: 200, uniqueId: "again");
    }

    static async Task Migrate(World world)
    {
        await DeliverThree(world);
        await world.PollAsync();
        world.Server.Restart(Faulty(faults => faults.At("UIDL").SaysUniqueIds((_, id) => "migrated-" + id))(world.Server.Options));
        await world.DelayAsync(TimeSpan.FromMinutes(5));
    }

    static async Task LoseLedger(World world)
    {
        await StoreTwo(world);
        world.ReplaceLedger(null);
    }

    static async Task RestoreLedger(World world)
    {
        world.Deliver(octets: 200);
        await world.PollAsync();
        using var copy = world.CopyLedger();
        world.Deliver(octets: 200);
        await world.PollAsync();
        world.ReplaceLedger(copy);
    }

    /// <summary>The server writes into what it sends, and the QUIT of the first session is lost.</summary>
    static Task VaryTwo(World world)
    {
        world.Server.Restart(LosesFirstQuit(
            Faulty(faults => faults.At("RETR").VariesStatus(world.Truth))(world.Server.Options with { Top = false })));
        return PollTwo(world);
    }

    static async Task LoseBlob(World world)
    {
        await StoreTwo(world);
        var (name, blob) = world.Service.Blobs.First(one => !one.Key.StartsWith('.'));
        world.Service.Remove(name);
        world.Truth.Taken(name, blob.Sha256);
    }

    static async Task TakeOverAsync(World world)
    {
        var first = await world.StartWorkerAsync();
        var polling = first is null ? Task.CompletedTask : world.PollAsync(first);
        await world.DelayAsync(_s_standstill);
        if (await world.StartWorkerAsync() is { } second)
            await world.PollAsync(second);
        first?.Actor.Thaw();
        await polling;
    }

    /// <summary>When the first worker stores a message, and is alone.</summary>
    static void On(Effect effect, World world, Action<SimulatedWorker> happens)
    {
        if (effect is { Kind: EffectKind.PutBlob, Worker: "worker1" } && world.Pump.Now < _s_standstill && world.Worker is { } worker)
            happens(worker);
    }

    static byte[] Large(int octets)
    {
        var text = new StringBuilder("Received: by mx; Mon, 23 Nov 2026 07:00:00 +0000\r\nSubject: large\r\n\r\n");
        while (text.Length < octets)
            text.Append(".a line of ").Append(text.Length).Append(' ', 60).Append("\r\n");
        return Encoding.ASCII.GetBytes(text.ToString());
    }
}
