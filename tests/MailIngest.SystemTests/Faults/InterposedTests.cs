using System.Text.RegularExpressions;
using MailIngest.SystemTests.Worker;
using Xunit;

namespace MailIngest.SystemTests.Faults;

/// <summary>No call on a file of the worker's own, or on a socket, escapes the library between worker and C library: it is held against
/// what the kernel saw of the same run.</summary>
[Trait("Needs", "strace"), Trait("Needs", "gcc")]
public sealed partial class InterposedTests
{
    // Waiting for any of many descriptors has no effect and cannot fail; the working folder is asked for by its name.
    static readonly string[] NotCounted = ["epoll_ctl", "epoll_wait", "poll", "ppoll", "getcwd", "chdir", "execve", "getdents64"];

    static readonly Dictionary<string, string> Names = new(StringComparer.Ordinal)
    {
        ["openat"] = "open", ["pread64"] = "pread", ["pwrite64"] = "pwrite", ["recvfrom"] = "recv", ["sendto"] = "send",
        ["fadvise64"] = "fadvise", ["linkat"] = "link", ["unlinkat"] = "unlink", ["mkdirat"] = "mkdir", ["faccessat"] = "access",
        ["faccessat2"] = "access", ["readlinkat"] = "readlink", ["renameat2"] = "rename",
    };

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_sees_every_call_that_the_kernel_sees()
    {
        await using var host = new OwnHost();
        using var ordeal = new Ordeal(host, new Workplace());
        var place = ordeal.Place;
        var trace = place.Folder + ".trace";

        string[] under = [.. Strace.Record("%file,%desc,%network", trace), .. ordeal.Library.Under()];
        (await place.RunAsync(["once"], Stop, under)).Ended(ExitCode.Done);

        var kernel = OfKernel(trace, place.Folder).Order(StringComparer.Ordinal).ToList();
        File.Delete(trace);
        var library = ordeal.Library.Calls.SelectMany(OfLibrary).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(Counted(kernel), Counted(library));
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"The kernel saw {kernel.Count} calls on the worker's own files and sockets, the library {library.Count}, "
            + $"of {Counted(kernel).Length} kinds");
        Assert.Contains("fsync ledger.db-wal", library);
        Assert.Contains("send socket", library);
    }

    static string[] Counted(IEnumerable<string> calls) => [.. calls.GroupBy(call => call).Select(same => $"{same.Count()} {same.Key}")];

    // The name and object of each call, in the library's words. The library does not know what opendir does inside.
    static IEnumerable<string> OfLibrary(LibraryCall call) => call switch
    {
        { Name: "readdir" } => [],
        { Name: "opendir" } => [$"open {call.Object}", $"fstat {call.Object}"],
        { Name: "closedir" } => [$"close {call.Object}"],
        { IsOnSocket: true } => [$"{call.Name} socket"],
        _ => [$"{call.Name} {call.Object}"],
    };

    static IEnumerable<string> OfKernel(string trace, string root)
    {
        var begun = false;
        var streams = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var call in SystemCall.ReadAll(trace))
        {
            // The runtime writes to copies of the descriptors 1 and 2: the pipe is the same.
            if (Standard().Match(call.Text) is { Success: true } standard)
                streams[standard.Groups[2].Value] = standard.Groups[1].Value == "1" ? "stdout" : "stderr";
            var name = call.Text.Split('(')[0];
            if (NotCounted.Contains(name) || call.Says("TCGETS") || Object(call, root, streams) is not { } on)
                continue;
            begun |= on is not ("stdout" or "stderr");
            if (begun)
                yield return $"{Name(name, call)} {on}";
        }
    }

    static string Name(string name, SystemCall call) => name != "newfstatat" ? Names.GetValueOrDefault(name, name)
        : call.Says("AT_EMPTY_PATH") ? "fstat" : call.Says("AT_SYMLINK_NOFOLLOW") ? "lstat" : "stat";

    static string? Object(SystemCall call, string root, Dictionary<string, string> streams)
    {
        if (Pipe().Match(call.Text) is { Success: true } pipe && streams.TryGetValue(pipe.Groups[1].Value, out var stream))
            return stream;
        if (call.Is("socket") || Socket().IsMatch(call.Text))
            return "socket";
        // Of two paths the second is what the call makes.
        var text = call.Text.Replace($"AT_FDCWD<{root}>", "", StringComparison.Ordinal);
        var paths = Regex.Matches(text, $"""["<]{Regex.Escape(root)}(/[^">]*)?[">]""");
        if (paths.Count == 0)
            return null;
        var path = paths[call.Is("link", "linkat", "rename") ? 1 : 0].Groups[1].Value.TrimStart('/');
        return path.Length == 0 ? "." : Hash().Replace(path, "*");
    }

    [GeneratedRegex(@"^\w+\(([12])<(pipe:\[\d+\])>")]
    private static partial Regex Standard();

    [GeneratedRegex(@"^\w+\(\d+<(pipe:\[\d+\])>")]
    private static partial Regex Pipe();

    [GeneratedRegex(@"^\w+\(\d+<(socket|TCP|UNIX)")]
    private static partial Regex Socket();

    [GeneratedRegex("(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")]
    private static partial Regex Hash();
}
