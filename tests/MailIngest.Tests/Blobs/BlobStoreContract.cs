using System.Security.Cryptography;
using MailIngest.Blobs;
using Xunit;

namespace MailIngest.Tests.Blobs;

/// <summary>What every blob store promises; a store's tests plug in with the store and the size of its blocks.</summary>
public abstract class BlobStoreContract
{
    /// <summary>The store under test, empty.</summary>
    protected abstract IBlobStore Store { get; }

    /// <summary>From this size on the store sends or spills a message in parts.</summary>
    protected abstract int BlockOctets { get; }

    /// <summary>Names of everything that a reader of the store can see.</summary>
    protected abstract Task<IReadOnlyList<string>> VisibleAsync();

    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 1)]
    [InlineData(1, -1)]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 0)]
    [InlineData(3, 7)]
    public async Task A_committed_blob_is_read_back_octet_for_octet(int blocks, int more)
    {
        var content = TestBlobs.Content((blocks * BlockOctets) + more);
        var name = TestBlobs.Name("sizes");

        Assert.Equal(CommitOutcome.Created, await Store.CommitAsync(name, content, Stop));

        Assert.Equal(content, await ReadAsync(name));
        Assert.Equal(new StoredBlob(name, content.Length, TestBlobs.Sha256(content)), await Store.FindAsync(name, Stop));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task Nothing_is_visible_before_the_commit(int blocks)
    {
        var content = TestBlobs.Content((blocks * BlockOctets) + 7);
        var name = TestBlobs.Name("before");
        await using var draft = Store.Begin(() => name, content.Length);
        await draft.WriteAsync(content, Stop);

        Assert.Empty(await VisibleAsync());
        Assert.Null(await Store.FindAsync(name, Stop));

        Assert.Equal(CommitOutcome.Created, await draft.CommitAsync(name, TestBlobs.Facts(content), Stop));
        Assert.Equal([name.Path], await VisibleAsync());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task A_draft_disposed_without_commit_leaves_nothing(int blocks)
    {
        var name = TestBlobs.Name("dropped");
        await using (var draft = Store.Begin(() => name, 100))
            await draft.WriteAsync(TestBlobs.Content((blocks * BlockOctets) + 7), Stop);

        Assert.Empty(await VisibleAsync());
        Assert.Null(await Store.FindAsync(name, Stop));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Nothing_can_be_added_to_a_blob_that_was_committed(int blocks)
    {
        var content = TestBlobs.Content((blocks * BlockOctets) + 7);
        var name = TestBlobs.Name("closed");
        await using var draft = Store.Begin(() => name, content.Length);
        await draft.WriteAsync(content, Stop);
        await draft.CommitAsync(name, TestBlobs.Facts(content), Stop);

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await draft.AdvanceAsync(1, Stop));
        await Assert.ThrowsAsync<InvalidOperationException>(() => draft.CommitAsync(name, TestBlobs.Facts(content), Stop));
        Assert.Equal(content, await ReadAsync(name));
    }

    [Fact]
    public async Task More_octets_than_there_was_memory_for_are_refused_and_so_are_fewer_than_none()
    {
        await using var draft = Store.Begin(() => TestBlobs.Name("wrong"), 100);
        var memory = draft.GetMemory();

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await draft.AdvanceAsync(memory.Length + 1, Stop));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await draft.AdvanceAsync(-1, Stop));

        Assert.Equal(CommitOutcome.Created, await draft.CommitAsync(TestBlobs.Name("wrong"), TestBlobs.Facts([]), Stop));
        Assert.Empty(await ReadAsync(TestBlobs.Name("wrong")));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task The_same_content_again_is_already_there(int blocks)
    {
        var content = TestBlobs.Content((blocks * BlockOctets) + 7);
        var name = TestBlobs.Name("again");

        Assert.Equal(CommitOutcome.Created, await Store.CommitAsync(name, content, Stop));
        Assert.Equal(CommitOutcome.AlreadyThere, await Store.CommitAsync(name, content, Stop));
        Assert.Equal([name.Path], await VisibleAsync());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task A_name_that_holds_other_content_is_taken_and_not_changed(int blocks)
    {
        var first = TestBlobs.Content((blocks * BlockOctets) + 7);
        var second = (byte[])first.Clone();
        second[^1] ^= 1;
        var name = TestBlobs.Name("taken");

        Assert.Equal(CommitOutcome.Created, await Store.CommitAsync(name, first, Stop));
        Assert.Equal(CommitOutcome.Taken, await Store.CommitAsync(name, second, Stop));
        Assert.Equal(first, await ReadAsync(name));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task A_message_that_may_be_there_is_created_where_it_is_not(int blocks)
    {
        var content = TestBlobs.Content((blocks * BlockOctets) + 7);
        var name = TestBlobs.Name("maybe");

        Assert.Equal(CommitOutcome.Created, await Store.CommitAsync(name, content, Stop, mayBeThere: true));
        Assert.Equal(content, await ReadAsync(name));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task A_message_that_is_there_as_it_may_be_is_not_published_again(int blocks)
    {
        var content = TestBlobs.Content((blocks * BlockOctets) + 7);
        var name = TestBlobs.Name("maybe");
        await Store.CommitAsync(name, content, Stop);

        Assert.Equal(CommitOutcome.AlreadyThere, await Store.CommitAsync(name, content, Stop, mayBeThere: true));
        Assert.Equal([name.Path], await VisibleAsync());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task A_name_that_holds_other_content_is_taken_also_where_the_message_may_be_there(int blocks)
    {
        var (first, second) = (TestBlobs.Content((blocks * BlockOctets) + 7), TestBlobs.Content((blocks * BlockOctets) + 8));
        var name = TestBlobs.Name("maybe");
        await Store.CommitAsync(name, first, Stop);

        Assert.Equal(CommitOutcome.Taken, await Store.CommitAsync(name, second, Stop, mayBeThere: true));
        Assert.Equal(first, await ReadAsync(name));
    }

    [Fact]
    public async Task The_listing_of_a_mailbox_holds_each_of_its_blobs_once_and_none_of_another_mailbox()
    {
        BlobName[] mine = [new("office/2024/01/02/a.eml"), new("office/2024/12/31/b.eml"), new("office/undated/c.eml")];
        foreach (var name in (BlobName[])[.. mine, new("office-2/2024/01/02/a.eml"), new("offic/undated/a.eml")])
            await Store.CommitAsync(name, TestBlobs.Content(name.Path.Length), Stop);

        var listed = await ListAsync("office");

        Assert.Equal(mine.Select(name => (name, (long)name.Path.Length)), listed.Select(blob => (blob.Name, blob.Octets))
            .OrderBy(blob => blob.Name.Path));
        Assert.All(listed, blob => Assert.Contains(blob.Sha256, (string?[])[null, TestBlobs.Sha256(TestBlobs.Content((int)blob.Octets))]));
        Assert.All(listed, blob => Assert.InRange((DateTimeOffset.UtcNow - blob.At).Duration(), TimeSpan.Zero, TimeSpan.FromHours(1)));
    }

    [Fact]
    public async Task A_mailbox_without_blobs_has_an_empty_listing()
    {
        Assert.Empty(await ListAsync("office"));
        await using (var draft = Store.Begin(() => TestBlobs.Name("draft"), 100))
            await draft.WriteAsync(TestBlobs.Content((2 * BlockOctets) + 7), Stop);
        Assert.Empty(await ListAsync("office"));
    }

    async Task<List<ListedBlob>> ListAsync(string mailbox)
    {
        var blobs = new List<ListedBlob>();
        await foreach (var blob in Store.ListAsync(mailbox, Stop))
            blobs.Add(blob);
        return blobs;
    }

    [Fact]
    public async Task A_draft_whose_name_is_taken_can_be_committed_under_another()
    {
        var (first, other) = (TestBlobs.Name("first"), TestBlobs.Name("other"));
        await Store.CommitAsync(first, TestBlobs.Content(99), Stop);
        var content = TestBlobs.Content(IBlobDraft.HeadOctets + 100);
        await using var draft = Store.Begin(() => first, content.Length);
        await draft.WriteAsync(content, Stop);

        Assert.Equal(CommitOutcome.Taken, await draft.CommitAsync(first, TestBlobs.Facts(content), Stop));
        Assert.False(draft.NameIsFixed);
        Assert.Equal(CommitOutcome.Created, await draft.CommitAsync(other, TestBlobs.Facts(content), Stop));
        Assert.Equal(content, await ReadAsync(other));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Of_many_commits_of_one_name_exactly_one_creates_it(int blocks)
    {
        var content = TestBlobs.Content((blocks * BlockOctets) + 7);
        var name = TestBlobs.Name("race");

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Store.CommitAsync(name, content, Stop))));

        Assert.Equal(1, outcomes.Count(outcome => outcome == CommitOutcome.Created));
        Assert.Equal(7, outcomes.Count(outcome => outcome == CommitOutcome.AlreadyThere));
        Assert.Equal(content, await ReadAsync(name));
    }

    [Fact]
    public async Task Of_many_different_messages_that_want_one_name_exactly_one_gets_it_whole()
    {
        var contents = Enumerable.Range(1, 8).Select(n => TestBlobs.Content((2 * BlockOctets) + n)).ToArray();
        var name = TestBlobs.Name("fight");

        var outcomes = await Task.WhenAll(contents.Select(content => Task.Run(() => Store.CommitAsync(name, content, Stop))));

        Assert.Equal(1, outcomes.Count(outcome => outcome == CommitOutcome.Created));
        Assert.Equal(7, outcomes.Count(outcome => outcome == CommitOutcome.Taken));
        Assert.Equal(contents[Array.IndexOf(outcomes, CommitOutcome.Created)], await ReadAsync(name));
    }

    [Fact]
    public async Task Two_hundred_commits_at_once_all_arrive()
    {
        var names = Enumerable.Range(0, 200).Select(n => TestBlobs.Name($"many-{n}")).ToArray();

        var outcomes = await Task.WhenAll(
            names.Select((name, n) => Task.Run(() => Store.CommitAsync(name, TestBlobs.Content(1000 + n), Stop))));

        Assert.All(outcomes, outcome => Assert.Equal(CommitOutcome.Created, outcome));
        Assert.Equal(names.Select(name => name.Path).Order(StringComparer.Ordinal), await VisibleAsync());
        for (var n = 0; n < names.Length; n += 20)
            Assert.Equal(TestBlobs.Content(1000 + n), await ReadAsync(names[n]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task A_message_shorter_than_its_facts_is_never_committed(int blocks)
    {
        var content = TestBlobs.Content((blocks * BlockOctets) + 7);
        var name = TestBlobs.Name("short");
        await using var draft = Store.Begin(() => name, content.Length);
        await draft.WriteAsync(content.AsMemory(0, content.Length - 1), Stop);

        await Assert.ThrowsAsync<ArgumentException>(() => draft.CommitAsync(name, TestBlobs.Facts(content), Stop));

        Assert.Empty(await VisibleAsync());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task A_cancelled_commit_leaves_nothing(int blocks)
    {
        var content = TestBlobs.Content((blocks * BlockOctets) + 7);
        var name = TestBlobs.Name("cancelled");
        await using (var draft = Store.Begin(() => name, content.Length))
        {
            await draft.WriteAsync(content, Stop);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(
                () => draft.CommitAsync(name, TestBlobs.Facts(content), new CancellationToken(true)));
        }

        Assert.Empty(await VisibleAsync());
    }

    [Fact]
    public async Task A_blob_is_committed_once()
    {
        var name = TestBlobs.Name("once");
        await using var draft = Store.Begin(() => name, 0);
        await draft.CommitAsync(name, TestBlobs.Facts([]), Stop);

        await Assert.ThrowsAsync<InvalidOperationException>(() => draft.CommitAsync(TestBlobs.Name("twice"), TestBlobs.Facts([]), Stop));
    }

    [Fact]
    public async Task The_name_is_not_asked_for_before_the_first_MiB_has_passed()
    {
        var asked = false;
        await using var draft = Store.Begin(() => throw new InvalidOperationException($"asked: {asked = true}"), 0);
        await draft.WriteAsync(TestBlobs.Content(IBlobDraft.HeadOctets), Stop);

        Assert.False(asked);
    }

    [Fact]
    public async Task What_is_absent_is_not_found_and_cannot_be_opened()
    {
        Assert.Null(await Store.FindAsync(TestBlobs.Name("absent"), Stop));

        var failure = await Assert.ThrowsAsync<BlobStoreException>(async () => await Store.OpenReadAsync(TestBlobs.Name("absent"), Stop));
        Assert.Contains("absent", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_probe_passes_and_leaves_nothing()
    {
        await Store.ProbeAsync(Stop);

        Assert.Empty(await VisibleAsync());
    }

    protected async Task<byte[]> ReadAsync(BlobName name)
    {
        await using var content = await Store.OpenReadAsync(name, Stop);
        using var copy = new MemoryStream();
        await content.CopyToAsync(copy, Stop);
        return copy.ToArray();
    }
}

/// <summary>Content, names and facts for blob tests, and the two steps of every commit.</summary>
static class TestBlobs
{
    /// <summary>So many octets, always the same for a length.</summary>
    internal static byte[] Content(int octets)
    {
        var content = new byte[octets];
        new Random(octets).NextBytes(content);
        return content;
    }

    internal static BlobName Name(string key) => new($"office/2024/01/02/{key}.eml");

    internal static string Sha256(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    internal static BlobFacts Facts(byte[] content) => new(content.Length, Sha256(content), BlobMetadata.None);

    internal static async Task WriteAsync(this IBlobDraft draft, ReadOnlyMemory<byte> content, CancellationToken stop)
    {
        while (!content.IsEmpty)
        {
            var memory = draft.GetMemory();
            Assert.False(memory.IsEmpty);
            var octets = Math.Min(Math.Min(memory.Length, content.Length), 70_001); // never in step with a block
            content[..octets].CopyTo(memory);
            await draft.AdvanceAsync(octets, stop);
            content = content[octets..];
        }

        Assert.False(draft.GetMemory().IsEmpty); // a reader asks once more, to see the end
        await draft.AdvanceAsync(0, stop);
    }

    internal static async Task<CommitOutcome> CommitAsync(
        this IBlobStore store, BlobName name, byte[] content, CancellationToken stop, bool mayBeThere = false)
    {
        await using var draft = store.Begin(() => name, content.Length, mayBeThere);
        await draft.WriteAsync(content, stop);
        return await draft.CommitAsync(name, Facts(content), stop);
    }
}
