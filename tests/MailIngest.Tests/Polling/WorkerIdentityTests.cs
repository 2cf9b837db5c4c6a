using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using MailIngest.Polling;
using Xunit;

namespace MailIngest.Tests.Polling;

/// <summary>An owner is known to be dead only where we can see: our own host, boot and pid namespace.</summary>
[SupportedOSPlatform("linux")]
public sealed class WorkerIdentityTests
{
    const int Host = 0, Boot = 1, Namespace = 2, Id = 3, Start = 4;

    [Fact]
    public void The_name_says_host_boot_namespace_process_and_start()
    {
        var parts = WorkerIdentity.Name.Split('/');

        Assert.Equal(Environment.MachineName, parts[Host]);
        Assert.Equal(File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim(), parts[Boot]);
        Assert.Matches(@"^pid:\[[0-9]+\]$", parts[Namespace]);
        Assert.Equal(Environment.ProcessId.ToString(CultureInfo.InvariantCulture), parts[Id]);
        Assert.Matches("^[0-9]+$", parts[Start]);
    }

    [Fact]
    public void We_are_alive() => Assert.False(WorkerIdentity.HasDied(WorkerIdentity.Name));

    [Fact]
    public void A_process_with_our_id_that_started_a_tick_earlier_is_dead() =>
        Assert.True(WorkerIdentity.HasDied(With(Start, (long.Parse(Ours(Start), CultureInfo.InvariantCulture) - 1).ToString(CultureInfo.InvariantCulture))));

    [Fact]
    public void A_process_that_is_not_there_is_dead() => Assert.True(WorkerIdentity.HasDied(With(Id, "4194305"))); // more than any kernel's pid_max

    [Fact]
    public async Task A_process_that_runs_is_alive_until_it_ends()
    {
        using var cat = Process.Start(new ProcessStartInfo("cat") { RedirectStandardInput = true })!;
        var stat = await File.ReadAllTextAsync($"/proc/{cat.Id}/stat", TestContext.Current.CancellationToken);
        var start = stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19];
        var name = string.Join('/', [.. WorkerIdentity.Name.Split('/')[..3], cat.Id.ToString(CultureInfo.InvariantCulture), start]);

        Assert.False(WorkerIdentity.HasDied(name));
        cat.StandardInput.Close();
        await cat.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(WorkerIdentity.HasDied(name));
    }

    [Theory]
    [InlineData(Host, "another-host")]
    [InlineData(Boot, "00000000-0000-0000-0000-000000000000")]
    [InlineData(Namespace, "pid:[1]")]
    public void Of_another_host_boot_or_namespace_nothing_is_known(int part, string other)
    {
        var stranger = With(part, other).Split('/');
        stranger[Id] = "4194305";

        Assert.False(WorkerIdentity.HasDied(string.Join('/', stranger)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("host/1/2")]
    [InlineData("host/0123456789abcdef0123456789abcdef")]
    public void Of_a_name_of_another_form_nothing_is_known(string owner) => Assert.False(WorkerIdentity.HasDied(owner));

    static string Ours(int part) => WorkerIdentity.Name.Split('/')[part];

    static string With(int part, string text)
    {
        var parts = WorkerIdentity.Name.Split('/');
        parts[part] = text;
        return string.Join('/', parts);
    }
}
