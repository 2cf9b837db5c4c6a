extern alias worker;

using System.Text.Json.Nodes;
using MailIngest.SystemTests.Servers;
using MailIngest.SystemTests.Worker;
using worker::MailIngest.Ledger;
using Xunit;

namespace MailIngest.SystemTests.Faults;

/// <summary>
/// A worker with messages to fetch: runs it once with a fault, looks whether the promise holds, runs it once more without, and looks whether
/// everything is delivered and what the fault has cost.
/// </summary>
internal sealed class Ordeal : IDisposable
{
    const string Mailbox = "office";

    readonly MailHost _host;
    readonly IServedMaildrop _maildrop;
    readonly StoreProxy? _store;
    int _unstored;
    IReadOnlyList<FoundBlob> _there = [];

    /// <param name="host">Where the messages are.</param>
    /// <param name="place">Where the worker works; disposed with this.</param>
    /// <param name="store">What counts the uploads; null where the store is a folder.</param>
    /// <param name="messages">So many messages, or...</param>
    /// <param name="mail">...these.</param>
    /// <param name="mailbox">Further keys of the mailbox's file.</param>
    public Ordeal(
        MailHost host, Workplace place, StoreProxy? store = null, int messages = 3, IEnumerable<byte[]>? mail = null,
        JsonObject? mailbox = null, string disk = "")
    {
        (_host, _store, Place) = (host, store, place);
        _maildrop = host.Maildrop();
        Mail = new Consignment(_maildrop);
        foreach (var (number, file) in (mail ?? Enumerable.Range(1, messages).Select(number => SampleMail.Make(number))).Index())
            Mail.Put($"mail{number}", file);
        var settings = Place.Mailbox(Mailbox, host.Port, _maildrop.User, _maildrop.Password, Transport.Plaintext);
        foreach (var (key, value) in mailbox ?? [])
            settings[key] = value?.DeepClone();
        Place.WriteMailbox(Mailbox, settings.ToJsonString());
        Library = new(Place.Folder, store is null ? [(host.Port, "pop3")] : [(host.Port, "pop3"), (store.Port, "azurite")], disk);
    }

    public Workplace Place { get; }

    public Consignment Mail { get; }

    /// <summary>Between the worker and its C library.</summary>
    public Interposed Library { get; }

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Runs the worker with these faults. Whatever they do, the promise holds at its end.</summary>
    /// <param name="meanwhile">Between the end of the process and the look at what it left.</param>
    public async Task<WorkerRun> StrikeAsync(Fault[] faults, Action? meanwhile = null)
    {
        var run = await Place.RunAsync(["once"], Stop, Library.Run(faults));
        meanwhile?.Invoke();
        await _host.SettledAsync(_maildrop, Stop);
        _there = await Place.Blobs.ReadAsync(Stop);
        Mail.AssertPromise(_there);
        _unstored = Mail.Sound - await StoredRowsAsync();
        return run;
    }

    /// <summary>Whether every message is stored and gone from the server.</summary>
    public bool IsDelivered => _there.Count == Mail.Sound && _maildrop.Left.Count == 0;

    /// <summary>Runs the worker without a fault, until it says that all is well: then everything is delivered.</summary>
    public async Task<Cost> RecoverAsync()
    {
        var before = _host.Retrieved(_maildrop);
        _store?.Begin(_there.Select(blob => blob.Name));
        // A server may still be busy with what the dead worker sent; the next poll is the remedy.
        var run = await Place.RunAsync(["once"], Stop, Library.Run());
        await _host.SettledAsync(_maildrop, Stop);
        if (run.ExitCode != (int)ExitCode.Done)
            (await Place.RunAsync(["once"], Stop, Library.Run())).Ended(ExitCode.Done);
        await _host.SettledAsync(_maildrop, Stop);
        Mail.AssertDelivered(await Place.Blobs.ReadAsync(Stop));
        var uploads = _store?.Repeated
            ?? Library.Calls.Count(call => call is { Name: "link", Result: "-17" } && call.Object.EndsWith(".eml", StringComparison.Ordinal));
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
