using MailIngest.Ledger;
using Xunit;

namespace MailIngest.Tests.Ledger;

public abstract partial class UniqueIdLedgerContract
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Any_history_of_writes_leaves_what_a_simple_model_leaves(int seed)
    {
        var random = new Random(seed);
        var model = new LedgerModel(Clock);
        var leases = new List<MailboxLease>();
        for (var step = 0; step < 600; step++)
        {
            Clock.Advance(TimeSpan.FromMilliseconds(random.Next(0, 40_000)));
            var row = new RowKey($"u{random.Next(6)}", random.Next(3));
            RowKey[] rows = [.. Enumerable.Range(0, random.Next(4)).Select(_ => new RowKey($"u{random.Next(6)}", random.Next(3))), row];
            if (leases.Count == 0 || random.Next(12) == 0)
            {
                var owner = $"worker-{random.Next(3)}";
                var taken = await Ledger.TakeLeaseAsync(Box, owner, Ttl, _ => false, Stop);
                Assert.Equal(model.Take(owner, Ttl), taken is not null);
                if (taken is not null)
                    leases.Add(taken);
                continue;
            }

            var at = leases.Count - 1 - (random.Next(8) == 0 ? random.Next(leases.Count) : 0);
            var lease = leases[at];
            var held = at == leases.Count - 1 && model.Held;
            switch (random.Next(14))
            {
                case <= 2:
                    var octets = random.Next(10);
                    await SameAsync(held, () => Ledger.SightAsync(lease, [.. rows.Select(r => new Sighting(r.UniqueId, r.Generation, octets))], Stop),
                        () => model.Sight(rows, octets));
                    break;
                case <= 4:
                    var copy = Copy($"blob-{step}", random.Next(100));
                    await SameAsync(held, () => Ledger.StoredAsync(lease, row, copy, Stop), () => model.Stored(row, copy));
                    break;
                case 5:
                    long? received = random.Next(2) == 0 ? null : random.Next(100);
                    var most = random.Next(1, 5);
                    await SameAsync(held, () => Ledger.FailedAsync(lease, row, $"error {step}", received, most, Stop),
                        () => model.Failed(row, $"error {step}", received, most));
                    break;
                case 6:
                    await SameAsync(held, () => Ledger.QuarantineAsync(lease, row, $"reason {step}", Stop), () => model.Quarantine(row, $"reason {step}"));
                    break;
                case 7:
                    Assert.Equal(model.Release(row), await Ledger.ReleaseAsync(Box, row, Stop));
                    break;
                case 8:
                    await SameAsync(held, () => Ledger.NextOrdinalAsync(lease, row, Stop), () => model.NextOrdinal(row));
                    break;
                case 9:
                    await SameAsync(held, () => Ledger.DeletingAsync(lease, rows, Stop), () => model.Deleting(rows));
                    break;
                case 10:
                    await SameAsync(held, () => Ledger.GoneAsync(lease, rows, Stop), () => model.Gone(rows));
                    break;
                case 11:
                    await SameAsync(held, () => Ledger.AskedAsync(lease, rows, Stop), () => model.Asked(rows));
                    break;
                case 12 when random.Next(4) == 0:
                    await SameAsync(held, () => Ledger.RenamedAsync(lease, rows, Stop), () => model.Renamed(rows));
                    break;
                default:
                    if (random.Next(3) == 0)
                    {
                        await lease.DisposeAsync();
                        if (held)
                            model.GiveBack();
                    }
                    else if (random.Next(3) == 0)
                    {
                        Assert.Equal(model.ForgetGone(TimeSpan.FromHours(1)), await Ledger.ForgetGoneAsync(TimeSpan.FromHours(1), Stop));
                    }
                    else
                    {
                        await SameAsync(held, () => lease.RenewAsync(Stop), () => model.Renew(Ttl));
                    }
                    break;
            }
            Assert.Equal(model.Rows, await Ledger.ReadAsync(Box, Stop));
        }
        Assert.Contains(model.Rows, row => row.State == MessageState.Gone);
    }

    /// <summary>Does the same to the ledger and to the model, and expects the same answer: done, refused, or lease lost.</summary>
    static async Task SameAsync(bool held, Func<Task> ledger, Func<bool> model)
    {
        if (!held)
            await Assert.ThrowsAsync<LeaseLostException>(ledger);
        else if (model())
            await ledger();
        else
            await Assert.ThrowsAsync<LedgerException>(ledger);
    }
}
