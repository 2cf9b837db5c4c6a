using System.Diagnostics;
using System.Globalization;

namespace MailIngest.Polling;

/// <summary>
/// Who this process is, for the mailbox leases: host, process id and start time. A lease of a process of this host that is no longer there
/// (killed, crashed) is free at once; nobody has to wait for it to run out.
/// </summary>
public static class WorkerIdentity
{
    /// <summary>This process: <c>host/pid/start</c>.</summary>
    public static string Name { get; } = Of(Environment.ProcessId, Process.GetCurrentProcess().StartTime);

    /// <summary>Whether the owner was a process of this host and has ended. Of another host nothing is known.</summary>
    public static bool HasDied(string owner)
    {
        var parts = owner.Split('/');
        if (parts.Length != 3 || parts[0] != Environment.MachineName || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            return false;
        try
        {
            using var process = Process.GetProcessById(id);
            return Of(id, process.StartTime) != owner;
        }
        catch (ArgumentException)
        {
            return true; // no such process
        }
        catch (InvalidOperationException)
        {
            return true; // it ended while we looked
        }
    }

    static string Of(int id, DateTime started) =>
        string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}/{id}/{new DateTimeOffset(started).ToUnixTimeSeconds()}");
}
