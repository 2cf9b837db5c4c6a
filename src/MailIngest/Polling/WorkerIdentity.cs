using System.Diagnostics;
using System.Globalization;

namespace MailIngest.Polling;

/// <summary>
/// Who this process is, for the mailbox leases. A lease of a process that was killed or crashed where we can see it is free at once; nobody has
/// to wait for it to run out.
/// </summary>
/// <remarks>
/// A process id means something in one pid namespace of one boot only: two containers with one host name are both process 1. So the name holds
/// host, boot id, namespace, process id and start time, and only of an owner with our own host, boot and namespace is anything known. The same
/// host name with another boot id may be this machine before its reboot, or another machine of that name: its lease runs out by itself.
/// </remarks>
public static class WorkerIdentity
{
    static string? Here { get; } = Place(); // before Name, which needs it

    /// <summary>This process: <c>host/boot/namespace/pid/start</c>; where there is no /proc to tell, something unique.</summary>
    public static string Name { get; } = Here is null || StartOf("self") is not { } start
        ? $"{Environment.MachineName}/{Guid.NewGuid():N}"
        : string.Create(CultureInfo.InvariantCulture, $"{Here}/{Environment.ProcessId}/{start}");

    /// <summary>Whether the owner was a process that we could see, and has ended. Of others nothing is known.</summary>
    public static bool HasDied(string owner)
    {
        var parts = owner.Split('/');
        if (parts.Length != 5 || string.Join('/', parts[..3]) != Here || !int.TryParse(parts[3], NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            return false;
        try
        {
            using var process = Process.GetProcessById(id);
            // One that cannot be read ended just now, or belongs to somebody else: not known.
            return StartOf(parts[3]) is { } start && start != parts[4];
        }
        catch (ArgumentException)
        {
            return true; // no such process
        }
    }

    /// <summary>Host, boot and pid namespace; null where that cannot be told, or /proc shows the processes of another namespace.</summary>
    static string? Place()
    {
        try
        {
            var boot = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
            var seen = new FileInfo("/proc/self").LinkTarget;
            return new FileInfo("/proc/self/ns/pid").LinkTarget is { } space && seen == Environment.ProcessId.ToString(CultureInfo.InvariantCulture)
                ? $"{Environment.MachineName}/{boot}/{space}"
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>When a process started, in clock ticks since the boot as the kernel writes them: exact, whatever becomes of the clock.</summary>
    static string? StartOf(string process)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{process}/stat");
            // proc_pid_stat(5): field 22. The name, field 2, is in parentheses and may hold anything.
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[22 - 3];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
