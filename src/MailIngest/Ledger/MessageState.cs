namespace MailIngest.Ledger;

/// <summary>How far a message has come. It only moves forward; the numbers are what the database holds.</summary>
public enum MessageState
{
    /// <summary>Listed by the server; not proven stored.</summary>
    Seen = 0,

    /// <summary>Its blob is durable. Only from here on may the message be deleted.</summary>
    Stored = 1,

    /// <summary>A DELE may have been sent; a QUIT may have committed it.</summary>
    Deleting = 2,

    /// <summary>A later complete listing no longer held it.</summary>
    Gone = 3,
}
