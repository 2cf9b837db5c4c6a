namespace MailIngest.Auditing;

/// <summary>How the promise can be broken.</summary>
public enum Breach
{
    /// <summary>A message left the server because of us, and no blob holds it.</summary>
    Lost,

    /// <summary>More blobs hold a message than there are messages like it.</summary>
    Twice,

    /// <summary>A blob holds what no server has sent.</summary>
    Forged,

    /// <summary>The ledger says that a message is stored, and its blob is missing or another one.</summary>
    Unbacked,

    /// <summary>A row of the ledger went back, or forgot its copy.</summary>
    Backwards,

    /// <summary>A poll's account does not add up.</summary>
    Unbalanced,

    /// <summary>All is over, and a message is neither stored nor excused.</summary>
    Unstored,
}

/// <summary>One breach of the promise.</summary>
/// <param name="Kind">Of which part.</param>
/// <param name="Subject">The message, blob or row.</param>
/// <param name="Sentence">For people.</param>
public sealed record Violation(Breach Kind, string Subject, string Sentence)
{
    /// <inheritdoc/>
    public override string ToString() => Sentence;
}
