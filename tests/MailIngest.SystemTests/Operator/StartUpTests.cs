using MailIngest.SystemTests.Faults;
using MailIngest.SystemTests.Worker;
using Xunit;

namespace MailIngest.SystemTests.Operator;

/// <summary>A poll that finds nothing is what a CronJob does most: it loads what it uses, and nothing else.</summary>
[Trait("Needs", "strace")]
public sealed class StartUpTests
{
    /// <summary>Cryptography (4 ms to load), the web server, schedules, the SDKs of stores that are not configured.</summary>
    static readonly string[] Unused =
        ["libssl", "libcrypto", "System.Security.Cryptography.Native.OpenSsl", "Kestrel", "Quartz", "Azure.", "OpenTelemetry"];

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Once_loads_neither_cryptography_nor_the_web_server_while_it_finds_nothing()
    {
        await using var office = new Office();
        await office.RunAsync("once"); // the ledger and the folders are there from now on
        var trace = Path.Combine(office.Place.Folder, "trace");

        (await office.Place.RunAsync(["once"], Stop, Strace.Record("open,openat", trace))).Ended(ExitCode.Done);

        var opened = SystemCall.ReadAll(trace).Where(call => call.Succeeded).Select(call => call.Quoted(0)).ToList();
        Assert.Contains(opened, file => file.Contains("e_sqlite3", StringComparison.Ordinal));
        Assert.DoesNotContain(opened, file => Unused.Any(name => Path.GetFileName(file).Contains(name, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Once_loads_cryptography_for_the_first_message()
    {
        await using var office = new Office();
        office.Deliver();
        var trace = Path.Combine(office.Place.Folder, "trace");

        (await office.Place.RunAsync(["once"], Stop, Strace.Record("open,openat", trace))).Ended(ExitCode.Done);

        Assert.Contains(SystemCall.ReadAll(trace), call => call.Succeeded && call.Says("libcrypto"));
    }
}
