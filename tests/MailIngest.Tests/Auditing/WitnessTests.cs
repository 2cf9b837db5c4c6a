using MailIngest.Auditing;
using MailIngest.Blobs;
using MailIngest.Pop3.Server;
using MailIngest.Tests.Polling;
using Xunit;
using Xunit.Sdk;

namespace MailIngest.Tests.Auditing;

/// <summary>The worlds of the other tests notice: a store that lies makes the honest worker break the promise.</summary>
public class WitnessTests
{
    [Fact]
    public async Task A_store_that_only_says_it_stored_the_message_is_noticed()
    {
        await using var world = await PollWorld.CreateAsync();
        world.Deliver();
        await PollFailsAsync(world, _ => Task.FromResult(CommitOutcome.Created));
        Assert.Contains(world.Violations(), violation => violation.Kind == Breach.Lost);
        Assert.Contains(world.Violations(), violation => violation.Kind == Breach.Unbacked);
    }

    [Fact]
    public async Task A_store_that_stores_when_the_message_has_left_the_server_is_noticed_although_all_is_well_in_the_end()
    {
        await using var world = await PollWorld.CreateAsync();
        world.Deliver();
        var late = Task.CompletedTask;
        await world.RunAsync(new LyingBlobs(world.Blobs, commit =>
        {
            late = LateAsync(commit);
            return Task.FromResult(CommitOutcome.Created);
        }));
        await late;
        await world.Server.SessionsClosedAsync(PollWorld.Stop);
        Assert.Equal((1, 0), (world.Stored, world.Maildrop.Count));
        Assert.Equal([Breach.Lost], world.Violations().Select(violation => violation.Kind));

        async Task LateAsync(Func<Task<CommitOutcome>> commit)
        {
            await world.Server.Events.WaitForAsync(happened => happened.Kind == ServerEventKind.Removed, PollWorld.Stop);
            await commit();
        }
    }

    [Fact]
    public async Task A_store_that_stores_twice_is_noticed()
    {
        await using var world = await PollWorld.CreateAsync();
        world.Deliver();
        await PollFailsAsync(world, async commit =>
        {
            var outcome = await commit();
            File.Copy(world.BlobFiles[0], Path.ChangeExtension(world.BlobFiles[0], ".copy.eml"));
            return outcome;
        });
        Assert.Equal([Breach.Twice], world.Violations().Select(violation => violation.Kind));
    }

    [Fact]
    public async Task A_store_that_changes_an_octet_is_noticed()
    {
        await using var world = await PollWorld.CreateAsync();
        world.Deliver();
        await PollFailsAsync(world, async commit =>
        {
            var outcome = await commit();
            var octets = await File.ReadAllBytesAsync(world.BlobFiles[0], PollWorld.Stop);
            octets[^3] ^= 1;
            await File.WriteAllBytesAsync(world.BlobFiles[0], octets, PollWorld.Stop);
            return outcome;
        });
        Assert.Equal([Breach.Forged], world.Violations().Select(violation => violation.Kind));
    }

    [Fact]
    public async Task A_store_that_throws_an_old_blob_away_is_noticed()
    {
        await using var world = await PollWorld.CreateAsync();
        world.Deliver();
        await world.PollAsync();
        world.Deliver();
        await PollFailsAsync(world, commit =>
        {
            File.Delete(world.BlobFiles[0]);
            return commit();
        });
        Assert.Equal([Breach.Lost], world.Violations().Select(violation => violation.Kind));
    }

    static async Task PollFailsAsync(PollWorld world, Func<Func<Task<CommitOutcome>>, Task<CommitOutcome>> commit) =>
        await Assert.ThrowsAsync<EmptyException>(() => world.PollAsync(new LyingBlobs(world.Blobs, commit)));

    sealed class LyingBlobs(IBlobStore inner, Func<Func<Task<CommitOutcome>>, Task<CommitOutcome>> lie) : IBlobStore
    {
        public string Place => inner.Place;

        public IBlobDraft Begin(Func<BlobName> name, long expectedOctets, bool mayBeThere = false) =>
            new Draft(inner.Begin(name, expectedOctets, mayBeThere), lie);

        public ValueTask<StoredBlob?> FindAsync(BlobName name, CancellationToken stop) => inner.FindAsync(name, stop);

        public IAsyncEnumerable<ListedBlob> ListAsync(string mailboxId, CancellationToken stop) => inner.ListAsync(mailboxId, stop);

        public ValueTask<Stream> OpenReadAsync(BlobName name, CancellationToken stop) => inner.OpenReadAsync(name, stop);

        public Task ProbeAsync(CancellationToken stop) => inner.ProbeAsync(stop);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        sealed class Draft(IBlobDraft inner, Func<Func<Task<CommitOutcome>>, Task<CommitOutcome>> lie) : IBlobDraft
        {
            public bool NameIsFixed => inner.NameIsFixed;

            public bool Unload() => inner.Unload();

            public Memory<byte> GetMemory() => inner.GetMemory();

            public ValueTask AdvanceAsync(int octets, CancellationToken stop) => inner.AdvanceAsync(octets, stop);

            public Task<CommitOutcome> CommitAsync(BlobName name, BlobFacts facts, CancellationToken stop) =>
                lie(() => inner.CommitAsync(name, facts, CancellationToken.None));

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
