using System.Numerics;
using MailIngest.Blobs;

namespace MailIngest.Polling;

/// <summary>The room for the messages of one session on their way from RETR into store and ledger: so many, and fewer of them, with so many
/// octets, in memory.</summary>
sealed class FetchRoom(MemoryBudget memory) : IDisposable
{
    /// <summary>So many messages may be on their way at once while RETR goes on.</summary>
    const int MostMessages = 512;

    /// <summary>So many of them may wait in memory: a store that cannot take them out of it before their commits has so many under way.</summary>
    const int MostMessagesInMemory = 128;

    /// <summary>Most of a message that stands in memory: one that is sent in one request, or one block being filled and one being sent. What else
    /// a store has under way of it, it takes from the budget itself.</summary>
    const long MostOctetsOfOne = 4 << 20;

    /// <summary>The smallest buffer: a message takes it, whatever LIST says.</summary>
    const long LeastOctetsOfOne = 4 << 10;

    readonly SemaphoreSlim _onTheWay = new(MostMessages);
    readonly SemaphoreSlim _inMemory = new(MostMessagesInMemory);

    /// <summary>Waits until there is room for a message that is listed with so many octets.</summary>
    public async ValueTask<Place> TakeAsync(long listed, CancellationToken stop)
    {
        // One session asks at a time, and what it took is given back when it ends: a wait that is cut short loses nothing but its own.
        await _onTheWay.WaitAsync(stop);
        await _inMemory.WaitAsync(stop);
        return new(this, await memory.TakeAsync(InMemory(listed), stop));
    }

    /// <summary>What a message takes: pooled memory comes in powers of two, with room for one octet more to see the end.</summary>
    internal static long InMemory(long listed) =>
        (long)BitOperations.RoundUpToPowerOf2((ulong)Math.Clamp(listed, LeastOctetsOfOne - 1, MostOctetsOfOne - 1) + 1);

    public void Dispose()
    {
        _onTheWay.Dispose();
        _inMemory.Dispose();
    }

    /// <summary>What one message has taken of it.</summary>
    public sealed class Place(FetchRoom room, long octets) : IDisposable
    {
        int _outOfMemory;

        /// <summary>It is still on its way, and no longer in memory.</summary>
        public void OutOfMemory()
        {
            if (Interlocked.Exchange(ref _outOfMemory, 1) != 0)
                return;
            room.Release(octets);
            room._inMemory.Release();
        }

        public void Dispose()
        {
            OutOfMemory();
            room._onTheWay.Release();
        }
    }

    void Release(long octets) => memory.Release(octets);
}
