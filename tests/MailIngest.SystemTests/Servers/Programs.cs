using System.Diagnostics;

namespace MailIngest.SystemTests.Servers;

/// <summary>The outside programs that the tests need.</summary>
internal static class Programs
{
    public static string? Dovecot { get; } = Find("dovecot");
    public static string? Azurite { get; } = Find("azurite-blob");
    public static string? Chromium { get; } = Find("chromium");
    public static string? Strace { get; } = Find("strace");
    public static string? Kustomize { get; } = Find("kustomize");
    public static string? Promtool { get; } = Find("promtool");
    public static string? SystemdAnalyze { get; } = Find("systemd-analyze");

    /// <summary>The first file of this name on the PATH, in the folders of system programs or among the tests' own tools.</summary>
    public static string? Find(string name)
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        string[] folders = [.. path, "/usr/sbin", "/sbin", Repository.At("tests", ".tools", "node_modules", ".bin"),
            Repository.At("tests", ".tools", "bin")];
        return folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }

    /// <summary>Runs one to its end.</summary>
    public static (int Code, string Error) Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, error.Trim());
    }
}
