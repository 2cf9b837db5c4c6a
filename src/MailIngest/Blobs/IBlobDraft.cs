namespace MailIngest.Blobs;

/// <summary>A blob on its way: octets go in, and it appears whole at the commit or not at all. One caller at a time.</summary>
/// <remarks>Disposing it without a commit leaves nothing visible.</remarks>
public interface IBlobDraft : IAsyncDisposable
{
    /// <summary>The name is not asked for before more octets than this were written (1 MiB): the header is known by then.</summary>
    const int HeadOctets = 1024 * 1024;

    /// <summary>Where the next octets go, never empty: read the socket straight into it.</summary>
    Memory<byte> GetMemory();

    /// <summary>Says how many octets were put into the memory that <see cref="GetMemory"/> gave; waits while the store has to catch up.</summary>
    ValueTask AdvanceAsync(int octets, CancellationToken stop);

    /// <summary>All octets are there: moves them out of memory, where there is another place in which they can wait for the commit.</summary>
    /// <returns>Whether nothing of it is in memory any more; false is no failure.</returns>
    /// <exception cref="BlobStoreException">That place could not take them.</exception>
    bool Unload();

    /// <summary>Whether parts were already sent under the name that was asked for: only that name can be committed.</summary>
    bool NameIsFixed { get; }

    /// <summary>
    /// Publishes the blob, create-only; durable when this returns. An unknown outcome is settled by reading back what is there. After
    /// <see cref="CommitOutcome.Taken"/> it may be called again with another name, unless <see cref="NameIsFixed"/>.
    /// </summary>
    /// <exception cref="ArgumentException">The facts tell another length than what was written, or the name is not the fixed one: nothing was published.</exception>
    /// <exception cref="BlobStoreException">Not stored, or it cannot be known.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; when the request was under way already, the next commit of the name tells.</exception>
    Task<CommitOutcome> CommitAsync(BlobName name, BlobFacts facts, CancellationToken stop);
}
