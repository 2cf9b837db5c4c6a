using System.Diagnostics;

namespace MailIngest.SystemTests.Servers;

/// <summary>A server program started for the tests: what it prints is kept, and its whole process group ends with it.</summary>
public sealed class ServerProcess : IAsyncDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    readonly Process _process;
    readonly List<string> _log = [];
    readonly List<(Func<string, bool> Match, TaskCompletionSource<string> Found)> _awaited = [];

    ServerProcess(ProcessStartInfo start)
    {
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Note(line.Data);
        _process.ErrorDataReceived += (_, line) => Note(line.Data);
        _process.Exited += (_, _) => GiveUp();
    }

    /// <summary>Starts <paramref name="program"/> as the leader of a process group of its own.</summary>
    public static ServerProcess Start(string program, IEnumerable<string> arguments, string folder)
    {
        var start = new ProcessStartInfo("setsid", [program, .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var server = new ServerProcess(start);
        AppDomain.CurrentDomain.ProcessExit += server.KillGroup;
        server._process.Start();
        server._process.BeginOutputReadLine();
        server._process.BeginErrorReadLine();
        return server;
    }

    public int Id => _process.Id;

    /// <summary>Everything printed so far.</summary>
    public string Log
    {
        get { lock (_log) return string.Join('\n', _log); }
    }

    /// <summary>Waits for the first line, printed already or to come, that contains <paramref name="text"/>.</summary>
    /// <exception cref="InvalidOperationException">The program ended, or printed no such line within a minute; with its log.</exception>
    public async Task<string> LineAsync(string text, CancellationToken stop)
    {
        var found = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        bool Matches(string line) => line.Contains(text, StringComparison.Ordinal);
        lock (_log)
        {
            if (_log.Find(Matches) is { } line)
                return line;
            _awaited.Add((Matches, found));
        }
        if (_process.HasExited)
            GiveUp();
        try
        {
            return await found.Task.WaitAsync(Patience, stop);
        }
        catch (TimeoutException)
        {
            throw new InvalidOperationException($"{_process.StartInfo.ArgumentList[0]} did not print \"{text}\" within {Patience}:\n{Log}");
        }
    }

    void Note(string? line)
    {
        if (line is null)
            return;
        lock (_log)
        {
            _log.Add(line);
            foreach (var (match, found) in _awaited)
                if (match(line))
                    found.TrySetResult(line);
        }
    }

    void GiveUp()
    {
        _process.WaitForExit(); // the last lines are read only by then
        lock (_log)
            foreach (var (_, found) in _awaited)
                found.TrySetException(new InvalidOperationException($"{_process.StartInfo.ArgumentList[0]} ended:\n{Log}"));
    }

    void KillGroup(object? sender, EventArgs e) => _ = Libc.Signal(-Id, Libc.Kill);

    public async ValueTask DisposeAsync()
    {
        _ = Libc.Signal(-Id, Libc.Terminate);
        try
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _ = Libc.Signal(-Id, Libc.Kill);
            await _process.WaitForExitAsync(CancellationToken.None);
        }
        AppDomain.CurrentDomain.ProcessExit -= KillGroup;
        _process.Dispose();
    }
}
