namespace MailIngest.Auditing;

/// <summary>What kind of difference between server, ledger and store.</summary>
public enum AuditKind
{
    /// <summary>The ledger says that a message is stored, and its blob is missing or another one.</summary>
    Lost,

    /// <summary>Two blobs hold what may be one message.</summary>
    Twice,

    /// <summary>A blob that no row of the ledger knows.</summary>
    Orphan,

    /// <summary>Listed, and not stored yet: nothing is wrong with it.</summary>
    Pending,
}

/// <summary>One difference, in a sentence.</summary>
public sealed record AuditFinding(AuditKind Kind, string Sentence);
