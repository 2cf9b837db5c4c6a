using MailIngest.Benchmarks;
using MailIngest.Benchmarks.Profiles;
using MailIngest.Benchmarks.Reporting;
using MailIngest.SystemTests.Servers;

if (Options.Parse(args, Repository.At("docs", "benchmarks.md")) is not { } options)
{
    Console.Error.WriteLine(Options.Usage);
    return 64;
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, key) => (key.Cancel, _) = (true, stop.CancelAsync());
var folder = Directory.CreateTempSubdirectory("mailingest-bench-").FullName;
File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
try
{
    var page = new Page(Machine.Look(folder), Versions.Of(options));
    foreach (var profile in options.Profiles)
    {
        // A server for each: its maildrops go with it.
        await using (var server = await DovecotServer.StartAsync(new DovecotOptions(), stop.Token))
        {
            var bench = new Bench(options, server, folder);
            var table = await profile.RunAsync(bench, stop.Token);
            page.Add(table);
            Console.WriteLine(Page.Section(table));
            await bench.ClearAsync(stop.Token);
        }
    }
    if (options.Page is { } file)
        await File.WriteAllTextAsync(file, page.Text(), stop.Token);
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
finally
{
    Directory.Delete(folder, recursive: true);
}
