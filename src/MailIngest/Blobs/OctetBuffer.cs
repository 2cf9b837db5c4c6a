using System.Buffers;

namespace MailIngest.Blobs;

/// <summary>Pooled memory that grows by doubling up to a limit: small messages take little, no message takes more.</summary>
sealed class OctetBuffer : IDisposable
{
    const int Smallest = 4096;

    readonly int _limit;
    byte[] _octets;

    /// <param name="expected">How much will come, if that is known; not trusted.</param>
    /// <param name="limit">So much it holds at most.</param>
    internal OctetBuffer(long expected, int limit)
    {
        _limit = limit;
        // The hint plus one octet: a reader that was told the right length finds room to see the end.
        _octets = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(expected + 1, Smallest, limit));
    }

    internal int Length { get; private set; }

    /// <summary>The memory that it takes.</summary>
    internal int Held => _octets.Length;

    internal bool IsFull => Length == _limit;

    internal ReadOnlyMemory<byte> Written => _octets.AsMemory(0, Length);

    /// <summary>The written octets as a stream that can be read again and again.</summary>
    internal MemoryStream AsStream() => new(_octets, 0, Length, writable: false);

    /// <summary>Where the next octets go; empty only when full.</summary>
    internal Memory<byte> Free()
    {
        if (Length == _octets.Length && !IsFull)
        {
            var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(_octets.Length * 2L, _limit));
            _octets.AsSpan(0, Length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_octets);
            _octets = larger;
        }

        return _octets.AsMemory(Length, Math.Min(_octets.Length, _limit) - Length);
    }

    internal void Advance(int octets)
    {
        if (octets < 0 || octets > Math.Min(_octets.Length, _limit) - Length)
            throw new ArgumentOutOfRangeException(nameof(octets), octets, "More octets than the memory that was given out.");
        Length += octets;
    }

    internal void Clear() => Length = 0;

    public void Dispose()
    {
        if (_octets.Length > 0)
            ArrayPool<byte>.Shared.Return(_octets);
        (_octets, Length) = ([], 0);
    }
}
