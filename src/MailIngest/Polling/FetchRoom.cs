using System.Numerics;
using MailIngest.Blobs;

namespace MailIngest.Polling;

/// <summary>The room in memory for the messages of one session, from RETR until they are out of memory: so many, and so many octets.</summary>
sealed class FetchRoom(MemoryBudget memory) : IDisposable
{
    /// <summary>So many messages may wait in memory for the store while RETR goes on; the budget bounds their octets.</summary>
    const int MostMessages = 128;

    /// <summary>Most of a message that stands in memory: one that is sent in one request, or one block being filled and one being sent. What else
    /// a store has under way of it, it takes from the budget itself.</summary>
    const long MostOctets = 4 << 20;

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
            taken = await memory.TakeAsync(InMemory(listed), stop);
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

    /// <summary>What a message takes: pooled memory comes in powers of two, with room for one octet more to see the end.</summary>
    internal static long InMemory(long listed) =>
        (long)BitOperations.RoundUpToPowerOf2((ulong)Math.Clamp(listed, LeastOctets - 1, MostOctets - 1) + 1);

    public void Dispose() => _places.Dispose();
}
