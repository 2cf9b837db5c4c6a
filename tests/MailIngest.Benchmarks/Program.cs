using System.Globalization;
using MailIngest.Benchmarks;
using MailIngest.SystemTests.Servers;

const int Messages = 3_000;
const string Usage = "Usage: MailIngest.Benchmarks --worker PROGRAM [--runs N] [--only mpop|MailIngest]";

var (program, runs, only) = ("", 5, "");
for (var i = 0; i + 1 < args.Length; i += 2)
    switch (args[i])
    {
        case "--worker": program = args[i + 1]; break;
        case "--runs": runs = int.Parse(args[i + 1], CultureInfo.InvariantCulture); break;
        case "--only": only = args[i + 1]; break;
        default: Console.Error.WriteLine(Usage); return 64;
    }
Peer[] peers = [.. new Peer[] { new Mpop(), new Worker(program) }.Where(peer => only is "" || peer.Name == only)];
if (args.Length % 2 != 0 || runs < 1 || peers.Length == 0)
{
    Console.Error.WriteLine(Usage);
    return 64;
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, key) => (key.Cancel, _) = (true, stop.CancelAsync());
var folder = Directory.CreateTempSubdirectory("mailingest-bench-").FullName;
try
{
    await using var server = await DovecotServer.StartAsync(new DovecotOptions(), stop.Token);
    var mail = new SampleMaildrop(Path.Combine(folder, "sample"), Messages);
    Say($"{mail.Messages} messages, {mail.Octets / 1e6:0.0} MB, {runs} runs each, in turn");
    var measured = peers.ToDictionary(peer => peer, _ => new List<Measurement>());
    for (var run = 1; run <= runs; run++)
        foreach (var peer in peers)
        {
            var measurement = await DrainAsync(peer, server, mail, Path.Combine(folder, $"{run}-{peer.Name}"), stop.Token);
            measured[peer].Add(measurement);
            Say($"  run {run}  {peer.Name,-10}  {measurement.Wall:0.000} s");
        }
    return Report.Print(Console.Out, measured);
}
catch (Exception wrong) when (wrong is InvalidDataException or InvalidOperationException)
{
    Console.Error.WriteLine(wrong.Message);
    return 70;
}
finally
{
    // Only now: ext4 is slow to create files where others were just deleted.
    Directory.Delete(folder, recursive: true);
}

static void Say(FormattableString line) => Console.WriteLine(FormattableString.Invariant(line));

static async Task<Measurement> DrainAsync(Peer peer, DovecotServer server, SampleMaildrop mail, string folder, CancellationToken stop)
{
    Directory.CreateDirectory(folder);
    var maildrop = server.NewMaildrop();
    await maildrop.FillWarmAsync(server, mail.LinkInto, stop);
    var command = peer.Prepare(folder, server, maildrop);
    var measurement = await Measurement.RunAsync(command, folder, stop);
    peer.Check(folder, mail);
    return maildrop.Left.Count == 0
        ? measurement
        : throw new InvalidDataException($"{peer.Name} left {maildrop.Left.Count} messages on the server.");
}
