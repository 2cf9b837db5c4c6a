using System.ComponentModel;
using System.Diagnostics;

namespace MailIngest.Settings;

/// <summary>A secret that a command prints: the first line of its output. It runs in the folder of the configuration file.</summary>
/// <param name="Owner">Whose secret it is.</param>
/// <param name="Arguments">The program and its arguments; no shell is involved unless it is the program.</param>
/// <param name="Folder">The working directory.</param>
public sealed record CommandSecret(SecretOwner Owner, IReadOnlyList<string> Arguments, string Folder) : SecretSource(Owner)
{
    /// <summary>A command that runs longer is ended, with everything that it started.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    internal override string Place => string.Join('\0', [Folder, .. Arguments]);

    // Arguments may hold secrets (tokens): the program's name has to do.
    private protected override string Source => $"{Owner.Key}Command";

    private protected override async Task<string> ReadTextAsync(CancellationToken stop)
    {
        using var patience = new CancellationTokenSource(Patience, Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stop);
        using var process = Start();
        try
        {
            process.StandardInput.Close();    // a command that asks a question gets no answer instead of hanging
            var output = HeadAsync(process.StandardOutput, either.Token);
            var errors = HeadAsync(process.StandardError, either.Token);
            await process.WaitForExitAsync(either.Token);
            var (secret, complaint) = (await output, ConfigWords.Plain((await errors).Trim()));
            if (process.ExitCode == 0) return secret;
            throw Failure(complaint.Length == 0
                ? $"ended with exit code {process.ExitCode}; run it by hand as the account of this process"
                : $"ended with exit code {process.ExitCode} and said: {complaint}");
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw Failure($"gave no answer within {ConfigDuration.Format(Patience)}; it must not ask questions");
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    Process Start()
    {
        var start = new ProcessStartInfo(Program(), Arguments.Skip(1))
        {
            WorkingDirectory = Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            return Process.Start(start)!;
        }
        catch (Exception e) when (e is Win32Exception or FileNotFoundException)
        {
            throw Failure($"cannot start {ConfigWords.Plain(Arguments[0])}: {e.Message}", e);
        }
    }

    // As execvp(3) would: .NET alone would also look beside our own executable and in the current directory.
    string Program()
    {
        var name = Arguments[0];
        if (name.Contains('/')) return Path.GetFullPath(name, Folder);
        var places = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return places.Select(place => Path.Combine(place, name)).FirstOrDefault(File.Exists)
            ?? throw Failure($"names {ConfigWords.Plain(name)}, which is not in PATH; write its whole path");
    }

    // To the end, so that the command is never stopped by a full pipe; what is beyond the head is dropped.
    static async Task<string> HeadAsync(StreamReader output, CancellationToken stop)
    {
        var head = new char[MaxCharacters];
        var length = await output.ReadBlockAsync(head, stop);
        var rest = new char[4096];
        while (await output.ReadAsync(rest, stop) > 0) { }
        return new(head, 0, length);
    }
}
