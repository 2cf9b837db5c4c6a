using MailIngest.Ledger;
using MailIngest.Pop3;

namespace MailIngest.Polling;

/// <summary>One listed message, what is meant to happen to it, and what the ledger knows under its unique-id.</summary>
/// <param name="Listed">Its line in this session's listing; the number is worth nothing in any other session (RFC 1939 §5).</param>
/// <param name="Verdict">What this session does with it.</param>
/// <param name="Key">The ledger row that the verdict is about; null until a message without a unique-id has been identified.</param>
/// <param name="Rows">Every generation known under its unique-id, oldest first.</param>
public sealed record PlannedMessage(ListedMessage Listed, Verdict Verdict, RowKey? Key, IReadOnlyList<LedgerRow> Rows)
{
    /// <summary>The SHA-256 by which it was identified, or null: then its unique-id says who it is.</summary>
    public string? IdentifiedAs { get; init; }

    /// <summary>The identity from which its blob's name follows, where the unique-id that is listed is none.</summary>
    public string? NamedAs { get; init; }

    /// <summary>Numbers of byte-identical copies in the same listing: they are deleted with this one (RFC 1939 §7).</summary>
    public IReadOnlyList<int> Copies { get; init; } = [];

    /// <summary>How often it has failed since it was first seen.</summary>
    public int Attempts { get; init; }

    /// <summary>The message-number, valid in this session only.</summary>
    public int Number => Listed.Number;

    /// <summary>The row of <see cref="Key"/>, or null when the message has not been sighted before.</summary>
    public LedgerRow? Row => Key is null ? null : Rows.FirstOrDefault(row => row.Generation == Key.Generation);
}
