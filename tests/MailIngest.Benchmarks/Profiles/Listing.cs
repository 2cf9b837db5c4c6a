using MailIngest.Benchmarks.Mail;
using MailIngest.Benchmarks.Peers;
using MailIngest.SystemTests.Servers;

namespace MailIngest.Benchmarks.Profiles;

/// <summary>A maildrop full of messages that stay there and are all known: the poll that finds nothing new.</summary>
/// <param name="name">As on the command line.</param>
/// <param name="messages">How many.</param>
/// <param name="targets">What MailIngest has to reach.</param>
internal sealed class Listing(string name, int messages, params Target[] targets) : Profile(name, targets)
{
    /// <summary>ext4 has at most 65,000 names for one file.</summary>
    const int NamesOfAFile = 50_000;

    public override async Task<Table> RunAsync(Bench bench, CancellationToken stop)
    {
        var folder = bench.Disk.NewFolder();
        var files = Sample.Write(Path.Combine(folder, "files"), Sizes.Equal((messages + NamesOfAFile - 1) / NamesOfAFile, 0));
        var maildrop = bench.Server.NewMaildrop();
        await maildrop.FillWarmAsync(bench.Server, cur => Fill(cur, files), stop);
        IReadOnlyList<(string UniqueId, long Octets)> listed;
        await using (var session = await RawPop3.SignInAsync(bench.Server, maildrop, stop))
        {
            listed = [.. (await session.UniqueIdsAsync(stop)).Zip(await session.ListAsync(stop))];
            await session.AskAsync("QUIT", stop);
        }
        var box = new DovecotBox(maildrop, Sample.Nothing);
        var ledger = Path.Combine(folder, "ledger.db");
        await ListingWorker.WriteLedgerAsync(ledger, box.User, listed, stop);
        string[] ids = [.. listed.Select(message => message.UniqueId)];

        Peer[] peers =
        [
            new ListingWorker(bench.Options.Worker, ledger), new ListingMpop(ids), new ListingMailKit(bench.Options.Libraries, ids),
            Floor.Listing(bench.Tools), Floor.Empty(bench.Tools),
        ];
        return await InTurnAsync(bench, FormattableString.Invariant($"nothing new among {messages:#,0} messages, round trip 0 ms"),
            [.. peers.Select(peer => (peer, (int?)null))], async (peer, own) =>
            {
                var cost = await bench.RunAsync(peer, new Errand(own, bench.Server.Port, [box]) { Listed = messages }, stop);
                var left = maildrop.Left.Count;
                return left == messages ? cost : throw new InvalidDataException($"{peer.Name} left {left} of {messages} messages.");
            });
    }

    // Each message is one more name of one of a few files.
    void Fill(string cur, Sample files)
    {
        for (var at = 0; at < messages; at++)
            files.LinkOne(at / NamesOfAFile, cur, at + 1);
    }
}
