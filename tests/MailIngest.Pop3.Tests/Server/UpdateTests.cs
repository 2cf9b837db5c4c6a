using MailIngest.Pop3.Server;
using Xunit;

namespace MailIngest.Pop3.Tests.Server;

/// <summary>RFC 1939 §6: QUIT commits, and nothing else does.</summary>
public sealed class UpdateTests : ServerTest
{
    [Fact, Trait("Obligation", "23")]
    public async Task QUIT_before_signing_in_is_OK_and_removes_nothing()
    {
        Add("x\r\n");
        var client = await ConnectAsync();
        AssertOk(await client.AskAsync("QUIT"));
        Assert.Empty(await client.RestAsync());
        Assert.Equal(1, Maildrop.Count);
    }

    [Fact, Trait("Obligation", "32"), Trait("Obligation", "34"), Trait("Obligation", "102")]
    public async Task QUIT_removes_the_marked_messages_alone_releases_the_lock_answers_after_that_and_closes()
    {
        foreach (var id in "abc")
            Add("x\r\n", id.ToString());
        var client = await SignInAsync();
        await AskAsync(client, "DELE 1", "DELE 3");
        Assert.Equal("+OK bye", await client.AskAsync("QUIT"));
        Assert.Equal(["b"], UniqueIds());
        Assert.False(Maildrop.IsLocked);
        Assert.Empty(await client.RestAsync());
        var events = Server.Events.ToList();
        Assert.True(events.FindLastIndex(e => e.Kind == ServerEventKind.Removed)
            < events.FindIndex(e => e is { Kind: ServerEventKind.Answer, Verb: "QUIT" }));
    }

    [Fact, Trait("Obligation", "34")]
    public async Task QUIT_says_so_when_a_message_could_not_be_removed_and_closes_all_the_same()
    {
        using var stubborn = new UnremovableFile();
        Accounts["bob"] = new("secret", stubborn.Maildrop);
        var client = await ConnectAsync();
        await AskAsync(client, "USER bob", "PASS secret", "DELE 1");
        stubborn.Block();
        AssertRefused(await client.AskAsync("QUIT"));
        Assert.Empty(await client.RestAsync());
        Assert.False(stubborn.Maildrop.IsLocked);
    }

    [Theory, Trait("Obligation", "33")]
    [InlineData("DELE 1\r\n", "FIN")]
    [InlineData("DELE 1\r\n", "RST")]
    [InlineData("DELE 1\r\nQUIT", "FIN")]
    [InlineData("DELE 1\r\nQUIT\r", "FIN")]
    [InlineData("DELE 1\r\nQUIT\n", "FIN")]
    [InlineData("DELE 1\r\nQUI", "RST")]
    [InlineData("DELE 1\r\nQUIT x\r\n", "FIN")]
    [InlineData("DELE 1\r\nRSET\r\nQUIT\r\n", "FIN")]
    public async Task Any_other_end_removes_nothing(string commands, string end)
    {
        Add("x\r\n");
        var client = await SignInAsync();
        await client.SendAsync(commands);
        await Server.Events.WaitForAsync(e => e is { Kind: ServerEventKind.Answer, Verb: "DELE" });
        if (end == "FIN")
            client.Finish();
        else
            client.Reset();
        await Server.SessionsClosedAsync();
        Assert.Equal(1, Maildrop.Count);
        Assert.False(Maildrop.IsLocked);
        Assert.Empty(Server.Events.Removals);
    }

    [Fact, Trait("Obligation", "33")]
    public async Task Stopping_the_server_ends_sessions_and_removes_nothing()
    {
        Add("x\r\n");
        var client = await SignInAsync();
        AssertOk(await client.AskAsync("DELE 1"));
        await Server.DisposeAsync();
        Assert.Empty(await client.RestAsync());
        Assert.Equal(1, Maildrop.Count);
        Assert.False(Maildrop.IsLocked);
    }

    [Theory, Trait("Obligation", "37")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_QUIT_received_completely_is_executed_although_the_client_has_gone(bool reset)
    {
        for (var i = 0; i < 16; i++)
            Add("x\r\n");
        var client = await SignInAsync();
        await client.SendAsync(string.Concat(Enumerable.Range(1, 16).Select(n => $"DELE {n}\r\n")) + "QUIT\r\n");
        await Server.Events.WaitForAsync(e => e is { Kind: ServerEventKind.Command, Verb: "DELE" });
        if (reset)
            client.Reset();
        else
            await client.DisposeAsync();
        await Server.SessionsClosedAsync();
        Assert.Equal(0, Maildrop.Count);
    }

    [Fact, Trait("Obligation", "39")]
    public async Task Reading_a_message_does_not_remove_it()
    {
        Add("x\r\n");
        var client = await SignInAsync();
        await client.AskBlockAsync("RETR 1");
        AssertOk(await client.AskAsync("QUIT"));
        Assert.Equal(1, Maildrop.Count);
    }

    [Theory, Trait("Obligation", "39")]
    [InlineData("QUIT\r\n", 1)]
    [InlineData("", 2)]
    public async Task A_server_that_removes_what_was_read_does_so_at_QUIT_and_never_on_an_abnormal_end(string end, int left)
    {
        Start(Plain with { ExtraCapabilities = ["EXPIRE 0"], Faults = FaultScript.None.At("QUIT").RemovesRetrieved() });
        Add("x\r\n");
        Add("y\r\n");
        var client = await SignInAsync();
        await client.AskBlockAsync("RETR 1");
        await client.SendAsync(end);
        client.Finish();
        await Server.SessionsClosedAsync();
        Assert.Equal(left, Maildrop.Count);
    }

    [Theory, Trait("Obligation", "102")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_message_that_cannot_be_read_to_its_end_is_never_terminated(bool throws)
    {
        const int Octets = 200_000;
        Maildrop.Add(() => new FailingStream(Octets / 2, throws), Octets);
        var client = await SignInAsync();
        Assert.Equal($"+OK {Octets} octets", await client.AskAsync("RETR 1"));
        var rest = await client.RestAsync();
        Assert.Equal(Octets / 2, rest.Replace("\r\n", "", StringComparison.Ordinal).Length);
        Assert.False(rest.EndsWith(".\r\n", StringComparison.Ordinal));
        Assert.Equal(1, Maildrop.Count);
    }

    [Fact]
    public async Task A_message_that_cannot_be_opened_is_refused()
    {
        Maildrop.Add(() => throw new IOException("no such disk"), 100);
        var client = await SignInAsync();
        Assert.StartsWith("-ERR [SYS/TEMP] ", await client.AskAsync("RETR 1"));
        AssertOk(await client.AskAsync("NOOP"));
    }

    /// <summary>A file whose place is taken by a folder when it is to be deleted: that fails for root as well.</summary>
    sealed class UnremovableFile : IDisposable
    {
        readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("maildrop-");

        public UnremovableFile()
        {
            File.WriteAllText(Path.Combine(folder.FullName, "a.eml"), "x\n");
            Maildrop = Maildrop.Open(folder.FullName);
        }

        public Maildrop Maildrop { get; }

        public void Block()
        {
            var path = Path.Combine(folder.FullName, "a.eml");
            File.Delete(path);
            Directory.CreateDirectory(path);
        }

        public void Dispose() => folder.Delete(recursive: true);
    }

    /// <summary>Letters, then an error or a premature end.</summary>
    sealed class FailingStream(int octets, bool throws) : MemoryStream(Enumerable.Repeat((byte)'a', octets).ToArray())
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await base.ReadAsync(buffer, cancellationToken);
            return read == 0 && throws ? throw new IOException("bad sector") : read;
        }
    }
}
