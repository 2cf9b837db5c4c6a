extern alias worker;

using System.Text.Json.Nodes;
using MailIngest.SystemTests.Servers;
using MailIngest.SystemTests.Worker;
using worker::MailIngest.Ledger;
using Xunit;

namespace MailIngest.SystemTests.Faults;

/// <summary>
/// A worker with messages to fetch: runs it once with a fault, looks whether the promise holds, runs it once more without, and looks
/// whether everything is delivered and what the fault has cost.
/// </summary>
internal sealed class Ordeal : IDisposable
{
    const string Mailbox = "office";

    /// <summary>Runs that are recorded to learn the points.</summary>
    const int Recordings = 4;

    readonly MailHost _host;
    readonly IServedMaildrop _maildrop;
    readonly StoreProxy? _store;
    readonly PoweredDisk? _disk;
    int _unstored;
    IReadOnlyList<FoundBlob> _there = [];

    /// <param name="host">Where the messages are.</param>
    /// <param name="place">Where the worker works; disposed with this.</param>
    /// <param name="store">What counts the uploads; null where the store is a folder.</param>
    /// <param name="messages">So many messages, or...</param>
    /// <param name="mail">...these.</param>
    /// <param name="mailbox">Further keys of the mailbox's file.</param>
    /// <param name="disk">Where blobs and ledger lie, when its power is to be cut; attached to the place, and detached with this.</param>
    public Ordeal(
        MailHost host, Workplace place, StoreProxy? store = null, int messages = 3, IEnumerable<byte[]>? mail = null,
        JsonObject? mailbox = null, PoweredDisk? disk = null)
    {
        (_host, _store, _disk, Place) = (host, store, disk, place);
        _maildrop = host.Maildrop();
        Mail = new Consignment(_maildrop);
        foreach (var (number, file) in (mail ?? Enumerable.Range(1, messages).Select(number => SampleMail.Make(number))).Index())
            Mail.Put($"mail{number}", file);
        var settings = Place.Mailbox(Mailbox, host.Port, _maildrop.User, _maildrop.Password, Transport.Plaintext);
        foreach (var (key, value) in mailbox ?? [])
            settings[key] = value?.DeepClone();
        Place.WriteMailbox(Mailbox, settings.ToJsonString());
        Library = new(
            Place.Folder, store is null ? [(host.Port, "pop3")] : [(host.Port, "pop3"), (store.Port, "azurite")], disk?.Folder ?? "");
    }

    public Workplace Place { get; }

    public Consignment Mail { get; }

    /// <summary>Between the worker and its C library.</summary>
    public Interposed Library { get; }

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Learns the points of an ordeal from runs without a fault: those of every run, and those of only some.</summary>
    /// <param name="counts">The calls that are points; all of them unless told otherwise.</param>
    public static async Task<(IReadOnlyList<Point> Always, IReadOnlyList<Point> Sometimes)> PointsAsync(
        Func<Task<Ordeal>> prepare, Func<LibraryCall, bool>? counts = null)
    {
        var runs = new List<IReadOnlyList<Point>>();
        for (var run = 0; run < Recordings; run++)
        {
            using var ordeal = await prepare();
            (await ordeal.StrikeAsync()).Ended(ExitCode.Done);
            Assert.True(ordeal.IsDelivered);
            runs.Add(LibraryCall.Points(ordeal.Library.Calls.Where(counts ?? (_ => true))));
        }
        IReadOnlyList<Point> all = [.. runs.SelectMany(points => points).Distinct()];
        var always = all.Where(point => runs.TrueForAll(points => points.Contains(point))).ToList();
        return (always, [.. all.Except(always)]);
    }

    /// <summary>Runs the worker with these faults. Whatever they do, the promise holds at its end, and where the power was cut when it is
    /// back.</summary>
    public async Task<WorkerRun> StrikeAsync(params Fault[] faults)
    {
        var run = await Place.RunAsync(["once"], Stop, Library.Under(faults));
        if (run.Killed)
            _disk?.PowerOn();
        await _host.SettledAsync(_maildrop, Stop);
        _there = await Place.Blobs.ReadAsync(Stop);
        Mail.AssertPromise(_there);
        _unstored = Mail.Sound - await StoredRowsAsync();
        return run;
    }

    /// <summary>Whether every message is stored and gone from the server.</summary>
    public bool IsDelivered => _there.Count == Mail.Sound && _maildrop.Left.Count == 0;

    /// <summary>Whether messages are gone from the server that are not stored.</summary>
    public bool IsBroken => Mail.Sound - _maildrop.Left.Count > _there.Count;

    /// <summary>Runs the worker without a fault, until it says that all is well: then everything is delivered.</summary>
    public async Task<Cost> RecoverAsync()
    {
        var before = _host.Retrieved(_maildrop);
        _store?.Begin(_there.Select(blob => blob.Name));
        // A server may still be busy with what the dead worker sent; the next poll is the remedy.
        var run = await Place.RunAsync(["once"], Stop, Library.Under());
        await _host.SettledAsync(_maildrop, Stop);
        if (run.ExitCode != (int)ExitCode.Done)
            (await Place.RunAsync(["once"], Stop, Library.Under())).Ended(ExitCode.Done);
        await _host.SettledAsync(_maildrop, Stop);
        Mail.AssertDelivered(await Place.Blobs.ReadAsync(Stop));
        var uploads = _store?.Repeated
            ?? Library.Calls.Count(
                call => call is { Name: "link", Result: "-17" } && call.Object.EndsWith(".eml", StringComparison.Ordinal)); // EEXIST
        var cost = new Cost(_host.Retrieved(_maildrop) - before, _unstored, uploads);
        cost.AssertLeast();
        return cost;
    }

    // Reading a ledger mends it: what is read is a copy.
    async Task<int> StoredRowsAsync()
    {
        var copy = Directory.CreateTempSubdirectory("mailingest-ledger-").FullName;
        try
        {
            foreach (var suffix in (string[])["", "-wal", "-journal"])
                if (File.Exists(Place.LedgerFile + suffix))
                    File.Copy(Place.LedgerFile + suffix, Path.Combine(copy, "ledger.db" + suffix));
            await using var ledger = await UniqueIdLedger.OpenAsync(Path.Combine(copy, "ledger.db"), TimeProvider.System, Stop);
            return (await ledger.ReadAsync(Mailbox, Stop)).Count(row => row.Stored is not null);
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    public void Dispose()
    {
        Library.Forget();
        _disk?.Detach();
        Place.Dispose();
    }
}

/// <summary>What a fault has cost.</summary>
/// <param name="Retrieved">RETRs of the clean run.</param>
/// <param name="Unstored">Messages that the ledger did not say to be stored when the worker died.</param>
/// <param name="Uploads">Blobs that were there, and that the clean run published or sent again.</param>
internal sealed record Cost(int Retrieved, int Unstored, int Uploads)
{
    /// <summary>What is in the ledger is not fetched again, and what is in the store is not sent again.</summary>
    public void AssertLeast()
    {
        Assert.True(Retrieved <= Unstored, $"{Retrieved} messages were fetched again, of which {Unstored} were not stored.");
        Assert.True(Uploads == 0, $"{Uploads} blobs were uploaded again although they were there.");
    }
}
