namespace MailIngest.Blobs;

/// <summary>A place where messages are kept, one blob each, created once and never changed.</summary>
/// <remarks>
/// All members may be called by several callers at once. Failures are <see cref="BlobStoreException"/>. A commit is tried once; what can be
/// repeated without harm (a block, a look at what is there) is retried inside the store.
/// </remarks>
public interface IBlobStore : IAsyncDisposable
{
    /// <summary>The store in words for error sentences: "folder /var/mail/blobs", "container mail at https://…"; no secret in it.</summary>
    string Place { get; }

    /// <summary>Begins a blob; nothing is visible before <see cref="IBlobDraft.CommitAsync"/>.</summary>
    /// <param name="name">Asked at the latest at the commit, at the earliest once more than <see cref="IBlobDraft.HeadOctets"/> were
    /// written.</param>
    /// <param name="expectedOctets">A hint, which may be a lie: how long the message will be.</param>
    /// <param name="mayBeThere">A hint too: an earlier attempt may have stored it. What has the name is looked at before anything is
    /// published, and where it is that very content, nothing is.</param>
    IBlobDraft Begin(Func<BlobName> name, long expectedOctets, bool mayBeThere = false);

    /// <summary>Length and SHA-256 of what has the name; null when nothing has.</summary>
    ValueTask<StoredBlob?> FindAsync(BlobName name, CancellationToken stop);

    /// <summary>
    /// Every blob of a mailbox, in any order, as they come: nothing is collected. A blob that is written meanwhile may be missing.
    /// </summary>
    IAsyncEnumerable<ListedBlob> ListAsync(string mailboxId, CancellationToken stop);

    /// <summary>Opens a blob for reading from its first octet; throws <see cref="BlobStoreException"/> when there is none.</summary>
    ValueTask<Stream> OpenReadAsync(BlobName name, CancellationToken stop);

    /// <summary>Writes, reads back and removes a probe blob, including the "exists already" answers; throws with the remedy.</summary>
    Task ProbeAsync(CancellationToken stop);
}
