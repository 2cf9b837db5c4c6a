using MailIngest.Ledger;
using MailIngest.Mailboxes;
using MailIngest.Pop3;
using MailIngest.Settings;

namespace MailIngest.Tests.Polling;

/// <summary>Short ways to say "a row", "a mailbox", "a listing" in tests.</summary>
static class A
{
    public static readonly DateTimeOffset Noon = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    public static Mailbox Mailbox() => new()
    {
        Id = "sales",
        File = "sales.json",
        Server = new Pop3Endpoint("127.0.0.1", 110, TlsMode.None),
        Username = "sales@example.org",
        Password = new InlineSecret(new("mailbox sales", "password", "sales.json"), new Secret("secret")),
    };

    public static LedgerRow Seen(string uniqueId, int attempts = 0, bool quarantined = false, long octets = 100, int generation = 0) =>
        new(uniqueId, generation, MessageState.Seen, Noon, octets, attempts, attempts > 0 ? "refused" : null, quarantined, null, 0, null,
            null, 0, null);

    public static LedgerRow Seeded(string uniqueId, long octets = 100, int generation = 0) =>
        Seen(uniqueId, octets: octets, generation: generation) with { Seeded = true };

    public static LedgerRow Stored(
        string uniqueId, long octets = 100, int generation = 0, DateTimeOffset? firstSeen = null, long? received = null) =>
        new(uniqueId, generation, MessageState.Stored, firstSeen ?? Noon, octets, 0, null, false, received ?? octets, 0,
            new($"sales/{uniqueId}/{generation}.eml", received ?? octets, $"sha-{uniqueId}-{generation}", $"header-{uniqueId}-{generation}",
                Noon), null, 0, null);

    public static LedgerRow Deleting(string uniqueId, int rounds = 1, long octets = 100, int generation = 0) =>
        Stored(uniqueId, octets, generation) with { State = MessageState.Deleting, DeletingAt = Noon, DeleteRounds = rounds };

    public static LedgerRow Gone(string uniqueId, long octets = 100, int generation = 0) =>
        Deleting(uniqueId, 0, octets, generation) with { State = MessageState.Gone, GoneAt = Noon };

    public static MaildropListing Listing(params (string? UniqueId, long Octets)[] messages) => new(
        new DropListing(messages.Length, messages.Sum(message => message.Octets)),
        [.. messages.Select((message, i) => new ListedMessage(i + 1, message.Octets, message.UniqueId))],
        messages.Any(message => message.UniqueId is not null));
}
