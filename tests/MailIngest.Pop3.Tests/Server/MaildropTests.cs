using MailIngest.Pop3.Server;
using Xunit;

namespace MailIngest.Pop3.Tests.Server;

/// <summary>A maildrop in memory and a maildrop in a folder.</summary>
public sealed class MaildropTests : ServerTest
{
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("maildrop-");

    [Fact]
    public void A_folder_lists_its_eml_files_in_order_of_their_names()
    {
        Write("b.eml", "two\n");
        Write("a.eml", "one\n");
        Write("notes.txt", "no mail");
        var maildrop = Maildrop.Open(folder.FullName);
        Assert.Equal(["a", "b"], maildrop.Messages.Select(m => m.UniqueId));
        Assert.Equal([5L, 5L], maildrop.Messages.Select(m => m.Octets));
        Assert.Equal("one\r\n"u8, maildrop.Messages[0].ToArray());
    }

    [Fact, Trait("Obligation", "42")]
    public void Unique_ids_of_files_are_printable_whatever_their_names_and_persist()
    {
        Write("with space.eml", "x");
        Write("gr\u00fc\u00dfe.eml", "x");
        Write(new string('n', 71) + ".eml", "x");
        Write(new string('n', 70) + ".eml", "x");
        var ids = Maildrop.Open(folder.FullName).Messages.Select(m => m.UniqueId).ToList();
        Assert.All(ids, id => Assert.Matches("^[\x21-\x7E]{1,70}$", id));
        Assert.Equal(4, ids.Distinct().Count());
        Assert.Equal(ids, Maildrop.Open(folder.FullName).Messages.Select(m => m.UniqueId));
    }

    [Fact]
    public async Task A_session_reads_and_removes_the_files_of_a_folder()
    {
        Write("a.eml", "Subject: a\n\n.dot\nend");
        Write("b.eml", "Subject: b\n\n");
        var maildrop = Maildrop.Open(folder.FullName);
        Accounts["bob"] = new("secret", maildrop);
        var client = await ConnectAsync();
        await AskAsync(client, "USER bob", "PASS secret");
        Assert.Equal("1 25\r\n2 14\r\n.\r\n", (await client.AskBlockAsync("LIST")).Block);
        Assert.Equal("Subject: a\r\n\r\n..dot\r\nend\r\n.\r\n", (await client.AskBlockAsync("RETR 1")).Block);
        await AskAsync(client, "DELE 1", "QUIT");
        Assert.Equal(["b.eml"], folder.GetFiles().Select(f => f.Name));
    }

    [Fact]
    public async Task Files_that_come_and_go_are_seen_by_the_next_session()
    {
        Write("a.eml", "a\n");
        Accounts["bob"] = new("secret", Maildrop.Open(folder.FullName));
        var client = await ConnectAsync();
        await AskAsync(client, "USER bob", "PASS secret");
        File.Delete(Path.Combine(folder.FullName, "a.eml"));
        Write("b.eml", "bb\n");
        AssertRefused(await client.AskAsync("RETR 1"));
        await client.AskAsync("QUIT");

        client = await ConnectAsync();
        await AskAsync(client, "USER bob", "PASS secret");
        Assert.Equal("1 b\r\n.\r\n", (await client.AskBlockAsync("UIDL")).Block);
        Assert.Equal("+OK 1 4", await client.AskAsync("STAT"));
    }

    [Fact, Trait("Obligation", "102")]
    public async Task A_file_truncated_after_signing_in_is_never_terminated()
    {
        Write("a.eml", new string('a', 100_000) + "\n");
        Accounts["bob"] = new("secret", Maildrop.Open(folder.FullName));
        var client = await ConnectAsync();
        await AskAsync(client, "USER bob", "PASS secret");
        Write("a.eml", new string('a', 60_000));
        await client.SendAsync("RETR 1\r\n");
        Assert.DoesNotContain("\r\n.\r\n", await client.RestAsync());
    }

    [Fact]
    public void A_changed_file_is_measured_again()
    {
        Write("a.eml", "a\n");
        var maildrop = Maildrop.Open(folder.FullName);
        Assert.Equal(3, maildrop.Messages[0].Octets);
        Write("a.eml", "longer\n");
        Assert.Equal(8, maildrop.Messages[0].Octets);
    }

    [Fact]
    public void Adding_to_a_folder_writes_a_file_and_a_unique_id_that_is_a_path_is_refused()
    {
        var maildrop = Maildrop.Open(folder.FullName);
        Assert.Equal("fresh", maildrop.Add("x\n"u8.ToArray(), "fresh").UniqueId);
        Assert.Equal(["fresh.eml"], folder.GetFiles().Select(f => f.Name));
        Assert.Throws<ArgumentException>(() => maildrop.Add("x"u8.ToArray(), "../escape"));
        Assert.Throws<InvalidOperationException>(() => maildrop.Add(Stream () => new EndlessLines(), 1));
    }

    [Fact]
    public void What_went_with_its_file_cannot_be_restored()
    {
        Write("a.eml", "a\n");
        var maildrop = Maildrop.Open(folder.FullName);
        var message = maildrop.Messages[0];
        Assert.True(maildrop.Remove("a"));
        Assert.False(maildrop.Remove("a"));
        Assert.False(maildrop.Remove(message));
        Assert.Throws<InvalidOperationException>(() => maildrop.Restore(message));
    }

    [Fact]
    public void A_message_of_another_maildrop_is_not_here_to_be_removed()
    {
        Write("a.eml", "a\n");
        var files = Maildrop.Open(folder.FullName);
        var stored = Maildrop.Add("b\n"u8.ToArray());
        Assert.False(files.Remove(stored));
        Assert.False(Maildrop.Remove(files.Messages[0]));
        Assert.Equal((1, 1), (files.Count, Maildrop.Count));
    }

    [Fact, Trait("Obligation", "42")]
    public void A_file_without_a_name_has_a_unique_id()
    {
        Write(".eml", "a\n");
        Assert.Matches("^[0-9a-f]{40}$", Assert.Single(Maildrop.Open(folder.FullName).Messages).UniqueId);
    }

    [Fact]
    public void A_message_that_is_disposed_of_twice_gives_its_buffer_back_once()
    {
        Write("a.eml", "a\n");
        var lines = Maildrop.Open(folder.FullName).Messages[0].OpenLines();
        lines.Dispose();
        lines.Dispose();
        using var one = Maildrop.Open(folder.FullName).Messages[0].OpenLines();
        using var other = Maildrop.Open(folder.FullName).Messages[0].OpenLines();
        Assert.Equal("a\r\n", new StreamReader(one).ReadToEnd());
        Assert.Equal("a\r\n", new StreamReader(other).ReadToEnd());
    }

    [Fact]
    public async Task A_defect_in_a_session_is_thrown_when_its_server_is_disposed()
    {
        var server = Pop3Server.Start(Plain with { Accounts = new Dictionary<string, Pop3Account>(Accounts) });
        Maildrop.Add(Stream () => throw new InvalidCastException("a defect"), 5);
        await using var client = await RawClient.ConnectAsync(server.Port);
        await client.LineAsync();
        await AskAsync(client, "USER alice", "PASS secret");
        await client.SendAsync("RETR 1\r\n");
        Assert.Empty(await client.RestAsync());
        await Assert.ThrowsAsync<InvalidCastException>(async () => await server.DisposeAsync());
    }

    [Fact]
    public void A_folder_that_does_not_exist_is_an_error() =>
        Assert.Throws<DirectoryNotFoundException>(() => Maildrop.Open(Path.Combine(folder.FullName, "none")));

    [Fact]
    public void The_lock_is_exclusive_and_releasing_it_twice_does_not_release_somebody_elses()
    {
        var first = Maildrop.TryLock();
        Assert.NotNull(first);
        Assert.Null(Maildrop.TryLock());
        first.Dispose();
        var second = Maildrop.TryLock();
        Assert.NotNull(second);
        first.Dispose();
        Assert.True(Maildrop.IsLocked);
    }

    [Fact]
    public void A_unique_id_can_be_used_again_on_purpose()
    {
        Maildrop.Add("old\r\n"u8.ToArray(), "same");
        Assert.True(Maildrop.Remove("same"));
        Maildrop.Add("new\r\n"u8.ToArray(), "same");
        Assert.Equal("new\r\n"u8, Assert.Single(Maildrop.Messages).ToArray());
    }

    [Fact]
    public async Task A_large_message_from_a_source_streams_and_is_not_held_in_memory()
    {
        const long Octets = 256L * 1024 * 1024 / 78 * 78;
        var source = new EndlessLines(Octets);
        Maildrop.Add(() => source, Octets);
        var client = await SignInAsync();
        Assert.Equal($"+OK {Octets} octets", await client.AskAsync("RETR 1"));
        var chunk = new byte[64 * 1024];
        for (var left = Octets; left > 0;)
        {
            // What the server has read and the client has not is in memory: its buffers and the kernel's.
            Assert.InRange(source.Position, Octets - left, Octets - left + 32 * 1024 * 1024);
            var read = await client.Stream.ReadAsync(chunk.AsMemory(0, (int)Math.Min(left, chunk.Length)));
            Assert.NotEqual(0, read);
            left -= read;
        }
        Assert.Equal(".", await client.LineAsync());
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        folder.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    void Write(string name, string text) => File.WriteAllText(Path.Combine(folder.FullName, name), text);
}
