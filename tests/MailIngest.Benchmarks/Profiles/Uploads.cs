using MailIngest.Benchmarks.Mail;
using MailIngest.Benchmarks.Measuring;
using MailIngest.Benchmarks.Peers;

namespace MailIngest.Benchmarks.Profiles;

/// <summary>Small messages into a blob service that costs nothing, from a POP3 server that costs nothing: what is left is the client.</summary>
/// <param name="name">As on the command line.</param>
/// <param name="targets">What MailIngest has to reach.</param>
internal sealed class Uploads(string name, params Target[] targets) : Profile(name, targets)
{
    const int Messages = 10_000;
    const int Octets = 4_096;

    public override Task<Table> RunAsync(Bench bench, CancellationToken stop)
    {
        Peer[] peers = [new UploadingWorker(bench.Options.Worker), new AzureLibrary(bench.Options.Libraries, Messages, Octets)];
        var work = FormattableString.Invariant($"{Messages:#,0} messages of {Octets:#,0} octets from memory into a blob service that forgets them");
        return InTurnAsync(bench, work, [.. peers.Select(peer => (peer, (int?)null))], (peer, own) => RunAsync(bench, peer, own, stop));
    }

    static async Task<Cost> RunAsync(Bench bench, Peer peer, string folder, CancellationToken stop)
    {
        await using var maildrop = await NativeServer.MaildropAsync(bench.Tools, Messages, Octets, stop);
        await using var sink = await NativeServer.SinkAsync(bench.Tools, stop);
        var errand = new Errand(folder, maildrop.Port, [new Box("box", "secret", Sample.Nothing)]) { Listed = Messages, BlobPort = sink.Port };
        var cost = await bench.RunAsync(peer, errand, stop);
        var uncounted = peer is AzureLibrary ? AzureLibrary.WarmUp : 0;
        var created = FormattableString.Invariant($"created={Messages + uncounted} refused=0 octets={(Messages + uncounted) * (long)Octets}");
        var said = await sink.EndAsync();
        return said.Contains(created, StringComparison.Ordinal)
            ? cost
            : throw new InvalidDataException($"{peer.Name}: the blob service was to say \"{created}\"; it said {said}");
    }
}
