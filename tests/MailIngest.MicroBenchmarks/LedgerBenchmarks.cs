using System.Globalization;
using BenchmarkDotNet.Attributes;
using MailIngest.Ledger;

namespace MailIngest.MicroBenchmarks;

/// <summary>A poll's messages in the ledger, on the disk under TMPDIR: seen all at once, stored one by one (but all at the same time), and read.</summary>
[IterationCount(10)]
public class LedgerBenchmarks
{
    const string Mailbox = "bench";

    readonly string _folder = Directory.CreateTempSubdirectory("mailingest-ledger-").FullName;
    readonly string _hash = new('a', 64);
    UniqueIdLedger? _ledger;
    MailboxLease? _lease;
    Sighting[] _new = [];
    int _round;

    [Params(1_000, 10_000)]
    public int Messages { get; set; }

    /// <summary>A ledger with as many messages as are added, and others that nobody has seen yet.</summary>
    [IterationSetup]
    public void Setup()
    {
        var file = Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"{++_round}.db"));
        _ledger = UniqueIdLedger.OpenAsync(file, TimeProvider.System, default).GetAwaiter().GetResult();
        _lease = _ledger.TakeLeaseAsync(Mailbox, "bench", TimeSpan.FromHours(1), _ => false, default).GetAwaiter().GetResult();
        _new = Sightings("old");
        Sight().GetAwaiter().GetResult();
        Store().GetAwaiter().GetResult();
        _new = Sightings("new");
    }

    [IterationCleanup]
    public void Close()
    {
        _lease!.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _ledger!.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    [GlobalCleanup]
    public void Delete() => Directory.Delete(_folder, recursive: true);

    [Benchmark]
    public Task Sight() => _ledger!.SightAsync(_lease!, _new, default);

    [Benchmark]
    public async Task SightAndStore()
    {
        await Sight();
        await Store();
    }

    [Benchmark]
    public async Task<int> Read() => (await _ledger!.ReadAsync(Mailbox, default)).Count;

    Task Store() => Task.WhenAll(_new.Select(message => _ledger!.StoredAsync(_lease!, new RowKey(message.UniqueId, 0),
        new StoredMessage($"bench/2026/11/20/{_hash[..32]}.eml", 4_096, _hash, _hash, DateTimeOffset.UnixEpoch), default)));

    Sighting[] Sightings(string prefix) =>
        [.. Enumerable.Range(0, Messages).Select(number => new Sighting(string.Create(CultureInfo.InvariantCulture, $"{prefix}{number:x8}"), 0, 4_096))];
}
