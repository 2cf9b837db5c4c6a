using System.Collections.Concurrent;
using MailIngest.Settings;

namespace MailIngest.Commands;

/// <summary>Lets so many polls run at once, and so many of one host; the others wait for their turn.</summary>
sealed class SessionSlots(LimitSettings limits) : IDisposable
{
    readonly ConcurrentDictionary<string, SemaphoreSlim> _hosts = new(StringComparer.OrdinalIgnoreCase);
    readonly SemaphoreSlim _all = new(limits.Sessions);

    /// <summary>Runs a poll of that host as soon as there is room. Nothing ends the waiting but its turn: a poll that comes too late says so itself.</summary>
    public async Task RunAsync(string host, Func<Task> poll)
    {
        var ofHost = _hosts.GetOrAdd(host, _ => new SemaphoreSlim(limits.SessionsPerHost));
        // The host's own queue first: a mailbox that waits for its server takes no place from those of other servers.
        await ofHost.WaitAsync();
        await _all.WaitAsync();
        try
        {
            await poll();
        }
        finally
        {
            _all.Release();
            ofHost.Release();
        }
    }

    public void Dispose()
    {
        _all.Dispose();
        foreach (var host in _hosts.Values)
            host.Dispose();
    }
}
