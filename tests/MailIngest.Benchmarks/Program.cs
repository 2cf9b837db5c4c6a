using System.Runtime.InteropServices;
using MailIngest.Benchmarks;
using MailIngest.Benchmarks.Measuring;
using MailIngest.Benchmarks.Profiles;
using MailIngest.Benchmarks.Reporting;
using MailIngest.SystemTests.Servers;

if (Options.Parse(args, Repository.At("docs", "benchmarks.md")) is not { } options)
{
    Console.Error.WriteLine("That is not how it is called: run.sh --help.");
    return 64;
}

using var stop = new CancellationTokenSource();
// Ended in order it leaves nothing behind: no server, no gigabytes.
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
using var disk = Disk.Create();
try
{
    var page = new Page(Machine.Look(disk.Folder), Versions.Of(options));
    await using var server = await DovecotServer.StartAsync(new DovecotOptions(), stop.Token);
    var bench = new Bench(options, server, disk);
    foreach (var profile in options.Profiles)
    {
        var table = await profile.RunAsync(bench, stop.Token);
        page.Add(table);
        Console.WriteLine(Page.Section(table));
        disk.Empty();
    }
    if (disk.IsSlow)
        Console.Error.WriteLine(Page.SlowDisk);
    if (options.Page is { } file)
        await File.WriteAllTextAsync(file, page.Text(disk.IsSlow), stop.Token);
    return page.MeetsEverything ? 0 : 1;
}
catch (Exception wrong) when (wrong is InvalidDataException or InvalidOperationException or IOException)
{
    Console.Error.WriteLine(wrong.Message);
    return 70;
}
catch (OperationCanceledException)
{
    return 130;
}

void End(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}
