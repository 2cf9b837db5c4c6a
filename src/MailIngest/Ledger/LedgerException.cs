namespace MailIngest.Ledger;

/// <summary>The ledger could not be opened, read or written. The message is one sentence: which ledger, what happened, what to do.</summary>
public class LedgerException(string message, Exception? cause = null, bool isCorrupt = false, bool isTransient = false)
    : Exception(message, cause)
{
    /// <summary>The ledger's content is damaged: a person must look at it.</summary>
    public bool IsCorrupt { get; } = isCorrupt;

    /// <summary>The same may work later, with nothing changed in the configuration.</summary>
    public bool IsTransient { get; } = isTransient;
}
