using static MailIngest.Ledger.Parameter;

namespace MailIngest.Ledger;

/// <summary>The ledger's tables, version by version. A script is never changed once released; a change is a new script.</summary>
static class LedgerSchema
{
    /// <summary>The version that this program writes.</summary>
    public static int Version => Scripts.Length;

    // Script n leads from version n to n + 1. {0} is the dialect's table options. The comments stay in the database, for who looks there.
    static readonly string[][] Scripts =
    [
        [
            """
            create table message (
                mailbox         text    not null,
                unique_id       text    not null,  -- octets outside 0x21-0x7E, and %, as %XX
                generation      integer not null,  -- 0; 1 when the server used the unique-id for another message, and so on
                state           integer not null,  -- 0 seen, 1 stored, 2 deleting, 3 gone
                first_seen      bigint  not null,  -- this and every time: milliseconds since 1970 UTC
                listed_octets   bigint  not null,  -- as LIST said
                attempts        integer not null,  -- failures since it was first seen, stored or released
                last_error      text,
                quarantined     integer not null,  -- 1: left alone until released
                received_octets bigint,            -- as received last, stored or refused
                ordinal         integer not null,  -- blob names that were taken by other content
                blob_name       text,
                octets          bigint,
                sha256          text,
                header_sha256   text,
                stored_at       bigint,
                deleting_at     bigint,            -- before the last DELE
                delete_rounds   integer not null,  -- sessions in which it was to be deleted
                gone_at         bigint,            -- when a complete listing no longer held it
                primary key (mailbox, unique_id, generation),
                check (generation >= 0 and state between 0 and 3),
                check ((stored_at is null) = (blob_name is null or octets is null or sha256 is null or header_sha256 is null))
            ){0}
            """,
            "create index message_gone on message (gone_at) where gone_at is not null",
            """
            create table mailbox_lease (
                mailbox text   not null primary key,
                owner   text,               -- null: free
                epoch   bigint not null,    -- rises with every take; a write with an older one is refused
                expires bigint not null
            ){0}
            """,
            """
            create table mailbox_traits (
                mailbox         text not null primary key,
                lock_step_until bigint,     -- pipelining broke: one command at a time until then
                not_before      bigint,     -- the server wants no sign-in before then
                last_attempt    bigint,
                last_success    bigint,
                last_error      text,
                failures        integer     -- polls that failed since the last success
            ){0}
            """,
        ],
        [
            "alter table mailbox_traits add column sign_in_refusals integer",     // in a row
            "alter table mailbox_traits add column sign_in_mark text",            // what was refused: salted and slowly hashed
            "alter table mailbox_traits add column suspended_until bigint",       // no sign-in with the above before then
            "alter table mailbox_traits add column certificate_expires bigint",
            "create index message_unstored on message (mailbox) where state = 0",
        ],
        [
            // 1: a session has begun to fetch it, its blob may be there. Of rows older than the column nobody knows.
            "alter table message add column tried integer not null default 1",
        ],
        [
            "alter table mailbox_traits add column put_off integer", // polls in a row without a turn for a message that had failed
        ],
        [
            // What a poll reads of every row, without the rows: each index holds all columns of its condition and of its query, so that
            // what is gone for good costs nothing, however much of it is remembered.
            """
            create index message_present on message
                (mailbox, unique_id, generation, state, attempts, quarantined, listed_octets, first_seen) where state < 3
            """,
            "create index message_again on message (mailbox, unique_id, deleting_at, gone_at) where deleting_at > gone_at",
            "create index message_vanished on message (mailbox, unique_id, state, deleting_at) where state = 3 and deleting_at is null",
        ],
    ];

    /// <summary>Brings the tables to <see cref="Version"/> and proves that the ledger can be written.</summary>
    /// <exception cref="LedgerException">The tables are of a newer version.</exception>
    public static Task PrepareAsync(LedgerConnection ledger, LedgerDialect dialect, DateTimeOffset now) =>
        PrepareAsync(ledger, dialect, now, Version);

    /// <summary>The same as a program would that knows no version after <paramref name="last"/>, for tests of what follows.</summary>
    internal static async Task PrepareAsync(LedgerConnection ledger, LedgerDialect dialect, DateTimeOffset now, int last)
    {
        await ledger.ExecuteAsync("create table if not exists ledger_schema (version integer not null, opened bigint not null)");
        var version = await ledger.NumberAsync("select max(version) from ledger_schema");
        if (version > Version)
        {
            throw new LedgerException(
                $"The {dialect.Place} was written by a newer MailIngest (its version is {version}, this program knows "
                + $"up to {Version}): run that MailIngest or a newer one.");
        }

        foreach (var statement in Scripts[..last].Skip((int)(version ?? 0)).SelectMany(script => script))
            await ledger.ExecuteAsync(statement.Replace("{0}", dialect.TableOptions, StringComparison.Ordinal));
        if (version is null)
            await ledger.ExecuteAsync("insert into ledger_schema (version, opened) values (0, 0)");
        await ledger.ExecuteAsync(
            "update ledger_schema set version = @version, opened = @opened", Number("version", last), Time("opened", now));
    }
}
