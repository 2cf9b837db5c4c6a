namespace MailIngest.Blobs;

/// <summary>A blob store could not do its work: one sentence with the place, what was tried, what it said and what to do.</summary>
/// <param name="message">That sentence; no secret in it.</param>
/// <param name="cause">What the system or the service threw.</param>
/// <param name="isTransient">Whether trying again later can help without anybody changing anything here.</param>
public sealed class BlobStoreException(string message, Exception? cause, bool isTransient) : Exception(message, cause)
{
    /// <summary>Whether trying again later can help without anybody changing anything here.</summary>
    public bool IsTransient { get; } = isTransient;
}
