using MailIngest.Ledger;
using MailIngest.Polling;

namespace MailIngest.Auditing;

/// <summary>Something that happened to the mail of one mailbox, told by whoever can swear to it.</summary>
public abstract record HistoryEvent
{
    private HistoryEvent()
    {
    }

    /// <summary>The server has taken a message: from now on it must not be lost.</summary>
    /// <param name="Message">What the teller calls it; no other message has this name.</param>
    /// <param name="Sha256">Of its octets as RETR sends them, lower-case hex.</param>
    public sealed record Accepted(string Message, string Sha256) : HistoryEvent;

    /// <summary>The server sends this message with other octets, and they are a whole message too: both are good copies of it.</summary>
    public sealed record Varied(string Message, string Sha256) : HistoryEvent;

    /// <summary>The message left the server.</summary>
    /// <param name="Message">Which.</param>
    /// <param name="ByUs">Because of what we sent; else by another hand, and what was not stored by then was not ours to keep.</param>
    public sealed record Removed(string Message, bool ByUs) : HistoryEvent;

    /// <summary>A message that had left is on the server again: a DELE that was not kept, a backup that was restored.</summary>
    public sealed record Returned(string Message) : HistoryEvent;

    /// <summary>A blob is there, durably and under its name, from now on.</summary>
    public sealed record Created(string Blob, string Sha256) : HistoryEvent;

    /// <summary>A blob was taken away by another hand, which has its octets now: a consumer, an archive.</summary>
    public sealed record Taken(string Blob) : HistoryEvent;

    /// <summary>A blob is no more, and nobody has its octets: a message that is still on the server has to be stored again.</summary>
    /// <param name="Blob">Which.</param>
    /// <param name="ByUs">No other hand has touched the store; else it was an accident that no worker can prevent.</param>
    public sealed record Destroyed(string Blob, bool ByUs) : HistoryEvent;

    /// <summary>What the ledger says of one message, durably.</summary>
    /// <param name="Row">Which row.</param>
    /// <param name="State">How far the message has come.</param>
    /// <param name="Blob">Its durable copy; null while there is none.</param>
    /// <param name="Sha256">What that copy must be equal to; null while there is none.</param>
    public sealed record Recorded(RowKey Row, MessageState State, string? Blob, string? Sha256) : HistoryEvent
    {
        /// <summary>A row as it was read.</summary>
        public static Recorded Of(LedgerRow row) => new(row.Key, row.State, row.Stored?.BlobName, row.Stored?.Sha256);
    }

    /// <summary>The ledger has this row no more.</summary>
    public sealed record Forgotten(RowKey Row) : HistoryEvent;

    /// <summary>The ledger was lost, or replaced by an older copy: its rows begin anew.</summary>
    public sealed record LedgerReplaced : HistoryEvent;

    /// <summary>A poll ended and gave its account.</summary>
    public sealed record Polled(PollCounts Counts) : HistoryEvent;
}
