namespace MailIngest.Polling;

/// <summary>The room in memory for the messages of one session, from RETR until they are out of memory: so many, and so many octets.</summary>
sealed class FetchRoom(MemoryBudget memory) : IDisposable
{
    /// <summary>So many messages may wait in memory for the store while RETR goes on; the budget bounds their octets.</summary>
    const int MostMessages = 128;

    /// <summary>Most of a message that stands in memory: one block being filled and one being sent.</summary>
    const long MostOctets = 8 << 20;

    /// <summary>The smallest buffer: a message takes it, whatever LIST says.</summary>
    const long LeastOctets = 4 << 10;

    readonly SemaphoreSlim _places = new(MostMessages);

    /// <summary>Waits until there is room for a message that is listed with so many octets.</summary>
    /// <returns>To be called once it is out of memory; a second call does nothing.</returns>
    public async ValueTask<Action> TakeAsync(long listed, CancellationToken stop)
    {
        await _places.WaitAsync(stop);
        long taken;
        try
        {
            taken = await memory.TakeAsync(Math.Clamp(listed, LeastOctets, MostOctets), stop);
        }
        catch
        {
            _places.Release();
            throw;
        }
        var given = 0;
        return () =>
        {
            if (Interlocked.Exchange(ref given, 1) != 0)
                return;
            memory.Release(taken);
            _places.Release();
        };
    }

    public void Dispose() => _places.Dispose();
}
