using System.Text;
using MailIngest.Ledger;
using MailIngest.Polling;
using MailIngest.Pop3;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailIngest.Tests.Polling;

/// <summary>
/// A plan made without a look at what is settled is the plan that all rows make: whatever the ledger holds, whatever is listed.
/// </summary>
public sealed class RecollectionTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("mailingest-recollection-").FullName;
    readonly FakeTimeProvider _clock = new(A.Noon);

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task The_plan_is_the_one_that_every_row_makes(int seed)
    {
        var random = new Random(seed);
        var (known, redone, gone, renamed, vanished) = (0, 0, 0, 0, 0);
        await using var ledger = await UniqueIdLedger.OpenAsync(Path.Combine(_folder, "ledger.db"), _clock, Stop);
        for (var round = 0; round < 150; round++)
        {
            var box = $"box-{round}";
            await FillAsync(ledger, box, random);
            var rows = await ledger.ReadAsync(box, Stop);
            var mailbox = A.Mailbox() with
            {
                Id = box,
                Delete = random.Next(3) == 0,
                DeleteAfter = random.Next(2) == 0 ? TimeSpan.FromMinutes(random.Next(90)) : null,
                MaxMessageOctets = random.Next(4) == 0 ? 3 : 0,
            };
            var failed = rows.Where(_ => random.Next(20) == 0).Select(row => row.UniqueId).ToHashSet();
            var listing = Listing(random, rows);
            var alone = random.Next(6) == 0;
            var now = _clock.GetUtcNow();
            var budget = random.Next(4);
            var expected = PollPlan.Decide(listing, rows, mailbox, new FetchBudget(budget, 0), failed, alone, now);

            var present = new PresentMessages(failed);
            await ledger.ReadPresentAsync(box, PollPlan.RemovableUntil(mailbox, now), present.Take, Stop);
            present.End();
            var kept = listing.Messages.Where(message => message.UniqueId is null
                || !present.Settled.Knows(new(message.Number, message.Octets), Encoding.Latin1.GetBytes(message.UniqueId))).ToList();
            if (present.Settled.IsListedTwice)
            {
                Assert.NotEmpty(PollPlan.Ambiguous(listing));
                redone++;
                continue;
            }
            var shortened = listing with { Messages = kept, Known = listing.Messages.Count - kept.Count };
            var touched = await ledger.ReadAsync(box, present.Touched(shortened), Stop);
            var plan = PollPlan.Decide(shortened, touched, mailbox, new FetchBudget(budget, 0), failed, alone, now);

            var numbers = kept.Select(message => message.Number).ToHashSet();
            Assert.Equal(expected.Messages.Where(message => numbers.Contains(message.Number)).Select(Words), plan.Messages.Select(Words));
            Assert.All(expected.Messages.Where(message => !numbers.Contains(message.Number)),
                message => Assert.True(message.Verdict is Verdict.Keep or Verdict.Seeded));
            Assert.Equal(expected.Gone.ToHashSet(), plan.Gone.ToHashSet());
            Assert.Equal(expected.Gone.Count, plan.Gone.Count);
            Assert.Equal((expected.EverythingRenamed, expected.OneFailedTries), (plan.EverythingRenamed, plan.OneFailedTries));
            var left = await ledger.ReadVanishedAsync(box, Stop);
            Assert.Equal(rows.Where(IsVanished).ToHashSet(), left.Where(IsVanished).ToHashSet());
            known += shortened.Known;
            gone += plan.Gone.Count;
            renamed += plan.EverythingRenamed ? 1 : 0;
            vanished += left.Count(IsVanished);
        }
        Assert.All([known, redone, gone, renamed, vanished], seen => Assert.NotEqual(0, seen));

        static bool IsVanished(LedgerRow row) => row is { State: MessageState.Gone, DeletingAt: null };
    }

    static string Words(PlannedMessage message) =>
        $"{message.Listed} {message.Verdict} {message.Key} {message.Attempts} {string.Join("; ", message.Rows)}";

    /// <summary>A mailbox with a past: every way to write a row, in any order.</summary>
    async Task FillAsync(UniqueIdLedger ledger, string box, Random random)
    {
        await using var lease = await ledger.TakeLeaseAsync(box, "worker", TimeSpan.FromMinutes(5), _ => false, Stop)
            ?? throw new InvalidOperationException("held");
        var kinds = random.Next(1, 13);
        for (var i = random.Next(14); i >= 0; i--)
        {
            _clock.Advance(TimeSpan.FromMinutes(random.Next(20)));
            var key = new RowKey(Name(random), random.Next(4) / 3);
            await ledger.SightAsync(lease, [new(key.UniqueId, key.Generation, random.Next(1, 5))], Stop);
            for (var step = random.Next(5); step > 0; step--)
            {
                _clock.Advance(TimeSpan.FromSeconds(1));
                switch (random.Next(kinds))
                {
                    case <= 4:
                        await ledger.StoredAsync(lease, key, new($"{key}", 5, "sha", "header", _clock.GetUtcNow()), Stop);
                        break;
                    case 5:
                        await ledger.FailedAsync(lease, key, "broken", null, 3, Stop);
                        break;
                    case 6:
                        await ledger.SeedAsync(lease, [new(key.UniqueId, key.Generation, random.Next(1, 5))], Stop);
                        break;
                    case 7:
                        await ledger.GoneAsync(lease, [key], Stop);
                        break;
                    case 8:
                        await ledger.DoubtAsync(lease, [key], "out of step", Stop);
                        break;
                    case 9:
                        await ledger.RenamedAsync(lease, [key], Stop);
                        break;
                    default:
                        await ledger.StoredAsync(lease, key, new($"{key}", 5, "sha", "header", _clock.GetUtcNow()), Stop);
                        await ledger.DeletingAsync(lease, [key], Stop);
                        break;
                }
            }
        }
    }

    static MaildropListing Listing(Random random, IReadOnlyList<LedgerRow> rows)
    {
        List<(string? UniqueId, long Octets)> listed = random.Next(12) == 0 ? [] : [.. rows.Where(_ => random.Next(8) > 0)
            .DistinctBy(row => random.Next(30) == 0 ? $"{row.Key}" : row.UniqueId)
            .Select(row => (row.UniqueId.StartsWith(' ') ? null : row.UniqueId, random.Next(8) == 0 ? random.Next(1, 5) : row.ListedOctets))];
        for (var i = random.Next(3); i > 0; i--)
            listed.Add((random.Next(6) == 0 ? null : Name(random) is [not ' ', ..] name ? name : "new", random.Next(1, 5)));
        if (listed.Count > 0 && random.Next(10) == 0)
            listed.Add(listed[random.Next(listed.Count)]);
        if (random.Next(12) == 0)
            listed = [.. listed.Select((message, i) => (message.UniqueId is null ? null : $"{i + 1}", message.Octets))!];
        if (random.Next(8) == 0)
            listed = [.. listed.Select((message, i) => ($"another-{i}", message.Octets))];
        if (random.Next(3) == 0)
            listed.Reverse();
        return A.Listing([.. listed]);
    }

    /// <summary>Few, so that they meet: ordinary ones, numbers, hostile ones and those that we give ourselves.</summary>
    static string Name(Random random) => random.Next(12) switch
    {
        0 => $"{random.Next(1, 6)}",
        1 => $"\u00e4%{random.Next(3)}",
        2 => ContentId.OfSize(random.Next(1, 5)),
        3 => ContentId.Of($"{random.Next(3)}"),
        _ => $"u{random.Next(20)}",
    };
}
