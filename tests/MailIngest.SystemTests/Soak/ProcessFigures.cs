using System.Globalization;

namespace MailIngest.SystemTests.Soak;

/// <summary>What a process uses, as the kernel counts it.</summary>
internal static class ProcessFigures
{
    /// <summary>Octets of memory that are resident now.</summary>
    public static long Resident(int process)
    {
        // "VmRSS:	   21504 kB"
        var line = File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ')[^2], CultureInfo.InvariantCulture) << 10;
    }

    /// <summary>Processor time so far, user and system.</summary>
    public static TimeSpan Processor(int process)
    {
        var stat = File.ReadAllText($"/proc/{process}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' '); // from field 3 on, proc_pid_stat(5)
        var ticks = long.Parse(fields[14 - 3], CultureInfo.InvariantCulture) + long.Parse(fields[15 - 3], CultureInfo.InvariantCulture);
        return TimeSpan.FromSeconds(ticks / 100.0); // sysconf(_SC_CLK_TCK) is 100 on every Linux of today
    }
}
