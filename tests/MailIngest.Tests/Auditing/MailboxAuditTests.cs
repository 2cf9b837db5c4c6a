using MailIngest.Auditing;
using MailIngest.Blobs;
using MailIngest.Ledger;
using MailIngest.Pop3;
using MailIngest.Tests.Polling;
using Xunit;

namespace MailIngest.Tests.Auditing;

/// <summary>What an audit says: rows, blobs and listing in, findings out.</summary>
public class MailboxAuditTests
{
    static readonly DateTimeOffset Now = A.Noon.AddDays(1);

    static readonly IReadOnlyDictionary<string, StoredBlob?> NoSuspects = new Dictionary<string, StoredBlob?>();

    static MailboxAudit Audit(LedgerRow[] rows, IReadOnlyDictionary<string, StoredBlob?>? suspects = null, ListedBlob[]? strangers = null,
        MaildropListing? listing = null) =>
        new(A.Mailbox(), listing, rows, suspects ?? NoSuspects, strangers ?? [], Now);

    static AuditKind[] Kinds(MailboxAudit audit) => [.. audit.Findings().Select(finding => finding.Kind)];

    static Dictionary<string, StoredBlob?> Missing(params LedgerRow[] rows) =>
        rows.ToDictionary(row => row.Stored!.BlobName, StoredBlob? (_) => null);

    static Dictionary<string, StoredBlob?> Found(LedgerRow row, long octets, string sha256) =>
        new Dictionary<string, StoredBlob?> { [row.Stored!.BlobName] = new(new(row.Stored.BlobName), octets, sha256) };

    static ListedBlob Blob(string name, long octets = 100, string? sha256 = "other", TimeSpan? age = null) =>
        new(new(name), octets, sha256, Now - (age ?? TimeSpan.FromHours(1)));

    [Fact]
    public void Where_all_is_well_nothing_is_found() =>
        Assert.Empty(Audit([A.Stored("a"), A.Deleting("b"), A.Gone("c")], listing: A.Listing(("a", 100))).Findings());

    [Theory]
    [InlineData("stored")]
    [InlineData("deleting")]
    [InlineData("gone")]
    public void A_stored_message_whose_blob_is_missing_is_lost(string state)
    {
        var row = state switch { "stored" => A.Stored("a"), "deleting" => A.Deleting("a"), _ => A.Gone("a") };
        Assert.Equal([AuditKind.Lost], Kinds(Audit([row], Missing(row))));
    }

    [Theory]
    [InlineData(99, "sha-a-0", "has 99 octets where 100 were stored")]
    [InlineData(100, "changed", "has other content")]
    public void A_blob_of_another_length_or_content_is_a_lost_message(long octets, string sha256, string said)
    {
        var row = A.Stored("a");
        var finding = Assert.Single(Audit([row], Found(row, octets, sha256)).Findings());
        Assert.Equal(AuditKind.Lost, finding.Kind);
        Assert.Contains(said, finding.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_blob_that_is_as_it_should_be_at_the_second_look_is_not_lost()
    {
        var row = A.Stored("a");
        Assert.Empty(Audit([row], Found(row, 100, "sha-a-0")).Findings());
    }

    [Fact]
    public void A_row_that_was_stored_anew_meanwhile_is_not_lost()
    {
        var (before, after) = (
            A.Stored("a"), A.Stored("a", generation: 0) with { Stored = new("sales/new.eml", 100, "sha", "header", A.Noon) });
        Assert.Empty(Audit([after], Missing(before)).Findings());
    }

    [Theory]
    [InlineData(true, false, "the next poll stores it again")]
    [InlineData(false, true, "a DELE was sent at")]
    [InlineData(false, false, "the next poll stores it again")]
    public void A_lost_message_says_what_can_be_done(bool listed, bool deleted, string said)
    {
        var row = deleted ? A.Gone("a") : A.Stored("a");
        var finding = Audit([row], Missing(row), listing: listed ? A.Listing(("a", 100)) : A.Listing(("b", 1))).Findings()[0];
        Assert.Contains(said, finding.Sentence, StringComparison.Ordinal);
    }

    static LedgerRow Same(string uniqueId, int generation = 0, DateTimeOffset? firstSeen = null) =>
        A.Stored(uniqueId, generation: generation, firstSeen: firstSeen) with
            { Stored = new($"sales/{uniqueId}-{generation}.eml", 100, "same", "header", A.Noon) };

    [Fact]
    public void Two_messages_with_the_same_octets_that_were_on_the_server_together_are_two_messages() =>
        Assert.Empty(Audit([Same("a"), Same("b")], listing: A.Listing(("a", 100), ("b", 100))).Findings());

    [Fact]
    public void One_unique_id_with_the_same_octets_in_two_blobs_is_possibly_stored_twice() =>
        Assert.Equal([AuditKind.Twice], Kinds(Audit([Same("a"), Same("a", 1)])));

    [Fact]
    public void The_same_octets_that_came_back_under_another_unique_id_when_the_first_had_vanished_are_possibly_stored_twice()
    {
        var vanished = Same("a") with { State = MessageState.Gone, GoneAt = A.Noon.AddHours(1) };
        Assert.Equal([AuditKind.Twice], Kinds(Audit([vanished, Same("b", firstSeen: A.Noon.AddHours(1))])));
        Assert.Empty(Audit([vanished, Same("b", firstSeen: A.Noon)]).Findings());
        Assert.Empty(Audit([vanished with { DeletingAt = A.Noon }, Same("b", firstSeen: A.Noon.AddHours(2))]).Findings());
    }

    [Fact]
    public void Two_rows_that_name_one_blob_are_stored_once() =>
        Assert.Empty(Audit([Same("a"), Same("a", 1) with { Stored = Same("a").Stored }]).Findings());

    [Fact]
    public void A_third_copy_of_what_two_rows_name_together_is_possibly_stored_twice() =>
        Assert.Equal([AuditKind.Twice], Kinds(Audit([Same("a"), Same("a", 1) with { Stored = Same("a").Stored }],
            strangers: [Blob("sales/x.eml", 100, "same")])));

    [Fact]
    public void Of_two_blobs_with_the_same_octets_one_that_is_missing_is_lost_and_not_twice() =>
        Assert.Equal([AuditKind.Lost], Kinds(Audit([Same("a"), Same("a", 1)], Missing(Same("a")))));

    [Fact]
    public void A_blob_without_a_row_is_an_orphan() =>
        Assert.Equal([AuditKind.Orphan], Kinds(Audit([A.Stored("a")], strangers: [Blob("sales/x.eml")])));

    [Fact]
    public void A_blob_without_a_row_whose_octets_a_row_has_elsewhere_is_possibly_stored_twice() =>
        Assert.Equal([AuditKind.Twice], Kinds(Audit([A.Stored("a")], strangers: [Blob("sales/x.eml", 100, "sha-a-0")])));

    [Fact]
    public void A_blob_without_a_row_that_holds_the_octets_of_a_lost_message_is_where_that_message_is()
    {
        var findings = Audit([A.Stored("a")], Missing(A.Stored("a")), [Blob("sales/x.eml", 100, "sha-a-0"), Blob("sales/y.eml", 100, "sha-a-0")])
            .Findings();
        Assert.Equal([AuditKind.Lost, AuditKind.Twice, AuditKind.Orphan], findings.Select(finding => finding.Kind));
        Assert.Contains("sales/x.eml", findings[2].Sentence, StringComparison.Ordinal);
        Assert.Contains("its octets are those of a, whose own blob is lost", findings[2].Sentence, StringComparison.Ordinal);
        Assert.Contains("which no row names", findings[1].Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_blob_without_a_row_whose_octets_nobody_knows_is_an_orphan() =>
        Assert.Equal([AuditKind.Orphan], Kinds(Audit([A.Stored("a")], strangers: [Blob("sales/x.eml", 100, sha256: null)])));

    [Fact]
    public void A_blob_whose_row_was_written_meanwhile_is_no_orphan() =>
        Assert.Empty(Audit([A.Stored("a")], strangers: [Blob("sales/a/0.eml")]).Findings());

    [Fact]
    public void A_blob_that_may_still_wait_for_its_row_is_no_orphan()
    {
        Assert.Empty(Audit([], strangers: [Blob("sales/x.eml", age: TimeSpan.FromSeconds(59))]).Findings());
        Assert.Empty(Audit([], strangers: [Blob("sales/x.eml", age: TimeSpan.FromSeconds(-5))]).Findings());
        Assert.Single(Audit([], strangers: [Blob("sales/x.eml", age: TimeSpan.FromSeconds(60))]).Findings());
    }

    [Fact]
    public void Blobs_older_than_the_memory_of_the_ledger_are_counted_and_take_no_place_of_younger_ones()
    {
        var survey = new BlobSurvey([A.Stored("a")], Now.AddDays(-90));
        for (var i = 0; i < BlobSurvey.MostStrangers; i++)
            survey.Add(Blob($"sales/{i}.eml", age: TimeSpan.FromDays(91)), null);
        survey.Add(Blob("sales/young.eml", age: TimeSpan.FromDays(89)), null);
        survey.Add(Blob("sales/a/0.eml", 100, "sha-a-0", TimeSpan.FromDays(91)), null);
        Assert.Equal("sales/young.eml", Assert.Single(survey.Strangers).Name.Path);
        Assert.Equal((BlobSurvey.MostStrangers, 1), (survey.TooOld, survey.StrangerCount));
        Assert.Empty(survey.Suspects);
    }

    [Fact]
    public void What_is_listed_and_not_stored_is_pending_and_what_is_stored_or_seeded_is_not()
    {
        var audit = Audit([A.Seen("aside", quarantined: true), A.Seen("failed", attempts: 1), A.Stored("stored"), A.Seeded("seeded"),
            A.Deleting("again")],
            listing: A.Listing(("new", 100), ("aside", 100), ("failed", 100), ("stored", 100), ("seeded", 100), ("again", 100)));
        Assert.Equal([AuditKind.Pending, AuditKind.Pending, AuditKind.Pending], Kinds(audit));
        Assert.Contains("the next poll fetches it", audit.Findings()[0].Sentence, StringComparison.Ordinal);
        Assert.Contains("quarantined", audit.Findings()[1].Sentence, StringComparison.Ordinal);
        Assert.Contains("failed 1 time,", audit.Findings()[2].Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void What_has_no_unique_id_is_not_called_pending()
    {
        var audit = Audit([], listing: A.Listing((null, 100), ("a", 100)));
        Assert.Equal([AuditKind.Pending], Kinds(audit));
        Assert.Equal(1, audit.Untold);
    }

    [Fact]
    public void The_survey_suspects_what_is_missing_or_another_and_keeps_only_strangers()
    {
        LedgerRow[] rows = [A.Stored("fine"), A.Stored("missing"), A.Stored("shorter"), A.Stored("changed"), A.Stored("unknown")];
        var survey = new BlobSurvey(rows, DateTimeOffset.MinValue);
        survey.Add(Blob("sales/fine/0.eml", 100, "sha-fine-0"), null);
        survey.Add(Blob("sales/shorter/0.eml", 99, "sha-shorter-0"), null);
        survey.Add(Blob("sales/changed/0.eml", 100, "sha-changed-0"), "what its octets say");
        survey.Add(Blob("sales/unknown/0.eml", 100, null), null);
        survey.Add(Blob("sales/stranger.eml"), null);

        Assert.Equal(["sales/changed/0.eml", "sales/missing/0.eml", "sales/shorter/0.eml"], survey.Suspects.Order());
        Assert.Equal("sales/stranger.eml", Assert.Single(survey.Strangers).Name.Path);
        Assert.Equal((5, 1), (survey.Blobs, survey.StrangerCount));
    }

    [Fact]
    public void Of_very_many_strangers_only_so_many_are_kept_and_all_are_counted()
    {
        var survey = new BlobSurvey([], DateTimeOffset.MinValue);
        for (var i = 0; i < BlobSurvey.MostStrangers + 5; i++)
            survey.Add(Blob($"sales/{i}.eml"), null);
        Assert.Equal((BlobSurvey.MostStrangers, BlobSurvey.MostStrangers + 5), (survey.Strangers.Count, survey.StrangerCount));
    }
}
