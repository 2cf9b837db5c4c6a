using System.Text;
using System.Text.Json.Nodes;
using MailIngest.Pop3;
using MailIngest.Pop3.Server;
using MailIngest.SystemTests.Corpus;
using MailIngest.SystemTests.Servers;
using MailIngest.SystemTests.Worker;
using Xunit;

namespace MailIngest.SystemTests.Ingestion;

/// <summary>The rows of the corpus that no Dovecot sends: answers with a wrong end, no end, or an end in pieces.</summary>
public sealed class MisbehavingServerTests
{
    const string User = "alice", Password = "a-password-nobody-sees";

    /// <summary>A message whose octets are all there when its answer is cut off before the terminator.</summary>
    const string Whole = "Subject: no end\r\n\r\nThe whole message.\r\n";

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Row_37_a_dot_between_lone_line_feeds_does_not_end_the_message()
    {
        var message = "Subject: lone line feeds\r\n\r\nx\n.\nAFTER\r\n"u8.ToArray();
        await using var server = Serve(message, faults => faults.At("RETR").KeepsBareLineFeeds().At("LIST").SaysOctets(1, message.Length));
        using var place = new Workplace();

        (await OnceAsync(place, server.Port)).Ended(ExitCode.Done);

        Assert.Equal([Wire.Sha256(message)], (await place.Blobs.ReadAsync(Stop)).Select(blob => blob.Sha256));
        Assert.Single(server.Events.Removals);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5), InlineData(7)]
    public async Task Row_38_an_answer_in_small_pieces_is_put_together(int segment)
    {
        var message = "Subject: pieces\r\n\r\n..\r\n\r\n.x\r\n.\r\n\r\n"u8.ToArray();
        await using var server = Serve(message, faults => faults.At("RETR").Dribbles(segment));
        using var place = new Workplace();

        (await OnceAsync(place, server.Port)).Ended(ExitCode.Done);

        Assert.Equal([Wire.Sha256(message)], (await place.Blobs.ReadAsync(Stop)).Select(blob => blob.Sha256));
    }

    [Fact]
    public async Task Row_39_an_end_without_a_line_end_before_it_is_waited_for_and_nothing_is_stored()
    {
        await using var server = Serve("Subject: no end\r\n\r\nlast\r\n"u8, faults => faults.At("RETR").ForgetsFinalLineEnd());
        using var place = new Workplace();

        await FailsAsync(place, server, new JsonObject { ["timeout"] = "1s" });
    }

    [Fact]
    public async Task Row_40_an_answer_cut_off_before_its_end_is_not_stored()
    {
        await using var server = Serve(Encoding.ASCII.GetBytes(Whole), faults => faults.At("RETR").CutAfterOctets(50));
        using var place = new Workplace();

        await FailsAsync(place, server, []);
    }

    [Fact]
    public async Task Row_40_a_message_that_has_all_its_octets_but_no_end_is_not_stored()
    {
        await using var server = Serve(Encoding.ASCII.GetBytes(Whole), AllButTheEnd);
        using var place = new Workplace();

        await FailsAsync(place, server, []);
    }

    [Fact]
    public async Task Row_40_a_TLS_connection_cut_off_without_close_notify_is_not_stored()
    {
        using var authority = new TestAuthority();
        using var certificate = authority.IssueForHere("127.0.0.1");
        await using var server = Serve(Encoding.ASCII.GetBytes(Whole), AllButTheEnd, options => options with { Tls = TlsMode.Implicit, Certificate = certificate });
        using var place = new Workplace();
        await File.WriteAllTextAsync(place.TrustFile, authority.CertificatePem, Stop);

        await FailsAsync(place, server, new JsonObject { ["tls"] = "implicit", ["tlsTrustFile"] = place.TrustFile });
    }

    /// <summary>The status line and the message, its last CRLF included, and then FIN.</summary>
    static FaultScript AllButTheEnd(FaultScript faults) => faults.At("RETR").Answers($"+OK\r\n{Whole[..^2]}").At("RETR").CutAfter();

    static Pop3Server Serve(ReadOnlySpan<byte> message, Func<FaultScript, FaultScript> faults, Func<Pop3ServerOptions, Pop3ServerOptions>? change = null)
    {
        var maildrop = new Maildrop();
        maildrop.Add(message.ToArray());
        var options = new Pop3ServerOptions
        {
            Accounts = new Dictionary<string, Pop3Account> { [User] = new(Password, maildrop) },
            Faults = faults(FaultScript.None.WithoutLock()),
        };
        return Pop3Server.Start(change?.Invoke(options) ?? options);
    }

    static async Task FailsAsync(Workplace place, Pop3Server server, JsonObject changes)
    {
        (await OnceAsync(place, server.Port, changes)).Failed().Said("odd");

        Assert.Empty(await place.Blobs.ReadAsync(Stop));
        Assert.NotEmpty(server.Events.Commands("RETR"));
        Assert.Empty(server.Events.Commands("DELE"));
    }

    static Task<WorkerRun> OnceAsync(Workplace place, int port, JsonObject? changes = null)
    {
        var mailbox = place.Mailbox("odd", port, User, Password, Transport.Plaintext);
        foreach (var (key, value) in changes ?? [])
            mailbox[key] = value?.DeepClone();
        place.WriteMailbox("odd", mailbox.ToJsonString());
        return place.OnceAsync(Stop);
    }
}
