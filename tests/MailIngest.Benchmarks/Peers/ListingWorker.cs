using MailIngest.Ledger;

namespace MailIngest.Benchmarks.Peers;

/// <summary>MailIngest where the messages stay on the server, and its ledger holds all of them.</summary>
internal sealed class ListingWorker(string program, string ledger) : Worker(program)
{
    const int AtOnce = 10_000;

    protected override bool Deletes => false;

    /// <summary>Writes a ledger as if MailIngest had stored all these messages.</summary>
    public static async Task WriteLedgerAsync(
        string file, string mailbox, IReadOnlyList<(string UniqueId, long Octets)> messages, CancellationToken stop)
    {
        await using var ledger = await UniqueIdLedger.OpenAsync(file, TimeProvider.System, stop);
        await using var lease = await ledger.TakeLeaseAsync(mailbox, "benchmark", TimeSpan.FromHours(1), _ => false, stop)
            ?? throw new InvalidOperationException("A new ledger has a lease already.");
        foreach (var some in messages.Chunk(AtOnce))
        {
            await ledger.SightAsync(lease, [.. some.Select(message => new Sighting(message.UniqueId, 0, message.Octets))], stop);
            await Task.WhenAll(some.Select(message =>
                ledger.StoredAsync(lease, new RowKey(message.UniqueId, 0), Stored(mailbox, message.UniqueId, message.Octets), stop)));
        }
    }

    public override void Check(Errand errand, string output)
    {
        base.Check(errand, output); // nothing was to be stored
        var said = FormattableString.Invariant($"messages listed: {errand.Listed}, fetched: 0, deleted: 0;");
        if (!output.Contains(said, StringComparison.Ordinal))
            throw new InvalidDataException($"{Name} was to say \"{said}\"; it said {output}");
    }

    protected override string Ledger(Errand errand) => ledger;

    // Names and hashes of the usual length: only that counts here.
    static StoredMessage Stored(string mailbox, string uniqueId, long octets)
    {
        var hash = uniqueId.PadLeft(64, '0').ToLowerInvariant();
        return new StoredMessage($"{mailbox}/2026/11/20/{hash[32..]}.eml", octets, hash, hash, DateTimeOffset.UnixEpoch);
    }
}
