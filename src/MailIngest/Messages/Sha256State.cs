using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace MailIngest.Messages;

/// <summary>A SHA-256 under way. Its state in the cryptographic library is used again for the next one: to make one takes an object with a
/// finalizer, and each message needs several.</summary>
sealed class Sha256State : IDisposable
{
    const int MostKept = 64;

    static readonly ConcurrentQueue<IncrementalHash> Kept = new();

    // Null once it was given back: it is somebody else's then.
    IncrementalHash? _state = Kept.TryDequeue(out var kept) ? kept : IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public void Append(ReadOnlySpan<byte> octets) => State.AppendData(octets);

    /// <summary>The hash of all octets so far, lower-case hex; from here it begins anew.</summary>
    public string Finish()
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        State.GetHashAndReset(hash);
        return Convert.ToHexStringLower(hash);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _state, null) is not { } state)
            return;
        if (Kept.Count >= MostKept)
        {
            state.Dispose();
            return;
        }
        state.GetHashAndReset(stackalloc byte[SHA256.HashSizeInBytes]); // what was appended is forgotten
        Kept.Enqueue(state);
    }

    IncrementalHash State => _state ?? throw new ObjectDisposedException(nameof(Sha256State));
}
