using System.Diagnostics;
using MailIngest.SystemTests.Servers;
using Xunit;

namespace MailIngest.SystemTests.Worker;

/// <summary>
/// A worker process that goes on by itself: what it prints can be read and waited for while it runs. It ends with the test.
/// </summary>
internal sealed class LongRun : IAsyncDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    readonly Process _process;
    readonly IReadOnlyList<string> _secrets;
    readonly List<string> _lines = [];
    readonly Task _reading;

    public LongRun(Process process, IReadOnlyList<string> secrets)
    {
        (_process, _secrets) = (process, secrets);
        _reading = Task.WhenAll(ReadAsync(process.StandardOutput), ReadAsync(process.StandardError));
    }

    /// <summary>The process id.</summary>
    public int Id => _process.Id;

    /// <summary>Everything printed so far.</summary>
    public string Output
    {
        get { lock (_lines) return string.Join('\n', _lines); }
    }

    /// <summary>Waits until a single line says all of this.</summary>
    public Task SaysAsync(params string[] words) => UntilAsync(
        () => Output.Split('\n').Any(line => words.All(word => line.Contains(word, StringComparison.OrdinalIgnoreCase))),
            string.Join(", ", words));

    /// <summary>Waits until that is so, as long as the worker runs.</summary>
    public async Task UntilAsync(Func<bool> condition, string what)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.False(_process.HasExited, $"The worker ended before: {what}\n{Output}");
            Assert.True(TimeProvider.System.GetElapsedTime(started) < Patience, $"Not within {Patience}: {what}\n{Output}");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    public void Terminate() => _ = Libc.Signal(_process.Id, Libc.Terminate);

    /// <summary>Waits for the end, and says how it was.</summary>
    public async Task<WorkerRun> EndAsync()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        await _process.WaitForExitAsync(patience.Token);
        await _reading;
        foreach (var secret in _secrets)
            Assert.DoesNotContain(secret, Output, StringComparison.Ordinal);
        return new WorkerRun(_process.ExitCode, Output);
    }

    async Task ReadAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
            lock (_lines)
                _lines.Add(line);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
