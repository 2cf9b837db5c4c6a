using System.Globalization;
using MailIngest.SystemTests.Servers;
using Xunit;

namespace MailIngest.SystemTests.Faults;

/// <summary>
/// The library <c>faults.c</c> between a worker and its C library: it counts the worker's calls on its own files and sockets, in all
/// threads together, writes them down, and at one of them kills the process, lets the call fail, or cuts the power of its disk.
/// </summary>
/// <remarks>
/// strace could do that too, but it counts the calls of each thread apart, and needs a stop of the process for each. What the runtime does
/// with its own files (assemblies, /proc, /etc) is not counted: it has no effect outside of the process.
/// </remarks>
internal sealed class Interposed
{
    const string Missing = "gcc is not installed (Debian: apt-get install gcc libc6-dev); tests/run.sh does it.";

    static readonly Lazy<string> Library = new(Build);

    readonly string _root;
    readonly string _log;
    readonly string _ports;
    readonly string _disk;

    /// <param name="root">The folder whose files are the worker's own.</param>
    /// <param name="ports">The servers' ports, and what they are called.</param>
    /// <param name="disk">The mounted file system whose power can be cut.</param>
    public Interposed(string root, IEnumerable<(int Port, string Name)> ports, string disk = "")
    {
        Assert.SkipWhen(Programs.Find("gcc") is null, Missing);
        (_root, _disk, _log) = (root, disk, root.TrimEnd('/') + ".calls");
        _ports = string.Join(' ', ports.Select(port => string.Create(CultureInfo.InvariantCulture, $"{port.Port} {port.Name}")));
    }

    /// <summary>The command that runs what follows it, with these faults.</summary>
    public string[] Under(params Fault[] faults)
    {
        File.Delete(_log);
        return ["env", $"LD_PRELOAD={Library.Value}", $"FAULTS_ROOT={_root}", $"FAULTS_PORTS={_ports}", $"FAULTS_DISK={_disk}",
            $"FAULTS_LOG={_log}", $"FAULTS_RULES={string.Join('\n', faults.Select(fault => fault.ToString()))}",
            // The runtime's own doors for debuggers and profilers: sockets and files that are nothing of ours.
            "DOTNET_EnableDiagnostics=0"];
    }

    /// <summary>The calls of the last run in the order in which they ended; one in which the process was killed is the last.</summary>
    public IReadOnlyList<LibraryCall> Calls => File.Exists(_log) ? [.. File.ReadLines(_log).Select(LibraryCall.Parse)] : [];

    public void Forget() => File.Delete(_log);

    // Once for all tests of this process, into the folder that they were built into.
    static string Build()
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"faults-{Environment.ProcessId}.so");
        var library = Path.Combine(AppContext.BaseDirectory, name);
        var (code, error) = Programs.Run("gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", library,
            Repository.At("tests", "MailIngest.SystemTests", "Faults", "faults.c"), "-ldl");
        Assert.True(code == 0, $"faults.c cannot be compiled: {error}");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => File.Delete(library);
        return library;
    }
}
