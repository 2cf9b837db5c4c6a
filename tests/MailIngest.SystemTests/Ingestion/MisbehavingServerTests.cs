using System.Text;
using System.Text.Json.Nodes;
using MailIngest.SystemTests.Corpus;
using MailIngest.SystemTests.Servers;
using MailIngest.SystemTests.Worker;
using Xunit;

namespace MailIngest.SystemTests.Ingestion;

/// <summary>The rows of the corpus that no Dovecot sends: answers with a wrong end, no end, or an end in pieces.</summary>
public sealed class MisbehavingServerTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Row_37_a_dot_between_lone_line_feeds_does_not_end_the_message()
    {
        var message = "Subject: lone line feeds\r\n\r\nx\n.\nAFTER\r\n"u8.ToArray();
        await using var server = new MisbehavingPop3Server { Listed = message.Length, Answer = [.. message, .. ".\r\n"u8] };
        using var place = new Workplace();

        (await OnceAsync(place, server.Port)).Ended(ExitCode.Done);

        Assert.Equal([Wire.Sha256(message)], (await place.Blobs.ReadAsync(Stop)).Select(blob => blob.Sha256));
        Assert.Contains("DELE", server.Commands);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5), InlineData(7)]
    public async Task Row_38_an_answer_in_small_pieces_is_put_together(int segment)
    {
        var message = "Subject: pieces\r\n\r\n..\r\n\r\n.x\r\n.\r\n\r\n"u8.ToArray();
        var stuffed = Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(message).Replace("\r\n.", "\r\n..", StringComparison.Ordinal));
        await using var server = new MisbehavingPop3Server
        {
            Listed = message.Length,
            Answer = [.. stuffed, .. ".\r\n"u8],
            Segment = segment,
        };
        using var place = new Workplace();

        (await OnceAsync(place, server.Port)).Ended(ExitCode.Done);

        Assert.Equal([Wire.Sha256(message)], (await place.Blobs.ReadAsync(Stop)).Select(blob => blob.Sha256));
    }

    [Fact]
    public async Task Row_39_an_end_without_a_line_end_before_it_is_waited_for_and_nothing_is_stored()
    {
        var message = "Subject: no end\r\n\r\nlast."u8.ToArray();
        await using var server = new MisbehavingPop3Server { Listed = message.Length + 2, Answer = [.. message, .. "\r\n"u8] };
        using var place = new Workplace();

        await FailsAsync(place, server, new JsonObject { ["timeout"] = "1s" });
    }

    [Fact]
    public async Task Row_40_an_answer_cut_off_before_its_end_is_not_stored()
    {
        var message = "Subject: cut off\r\n\r\nHalf of a mess"u8.ToArray();
        await using var server = new MisbehavingPop3Server { Listed = 1000, Answer = message, ThenHangUp = true };
        using var place = new Workplace();

        await FailsAsync(place, server, []);
    }

    [Fact]
    public async Task Row_40_a_message_that_has_all_its_octets_but_no_end_is_not_stored()
    {
        var message = "Subject: no end\r\n\r\nThe whole message.\r\n"u8.ToArray();
        await using var server = new MisbehavingPop3Server { Listed = message.Length, Answer = message, ThenHangUp = true };
        using var place = new Workplace();

        await FailsAsync(place, server, []);
    }

    [Fact]
    public async Task Row_40_a_TLS_connection_cut_off_without_close_notify_is_not_stored()
    {
        using var authority = new TestAuthority();
        using var certificate = authority.IssueForHere("127.0.0.1");
        var message = "Subject: no end\r\n\r\nThe whole message.\r\n"u8.ToArray();
        await using var server = new MisbehavingPop3Server(certificate) { Listed = message.Length, Answer = message, ThenHangUp = true };
        using var place = new Workplace();
        await File.WriteAllTextAsync(place.TrustFile, authority.CertificatePem, Stop);

        await FailsAsync(place, server, new JsonObject { ["tls"] = "implicit", ["tlsTrustFile"] = place.TrustFile });
    }

    static async Task FailsAsync(Workplace place, MisbehavingPop3Server server, JsonObject changes)
    {
        (await OnceAsync(place, server.Port, changes)).Failed().Said("odd");

        Assert.Empty(await place.Blobs.ReadAsync(Stop));
        Assert.Contains("RETR", server.Commands);
        Assert.DoesNotContain("DELE", server.Commands);
    }

    static Task<WorkerRun> OnceAsync(Workplace place, int port, JsonObject? changes = null)
    {
        var mailbox = place.Mailbox("odd", port, "alice", "a-password-nobody-sees", Transport.Plaintext);
        foreach (var (key, value) in changes ?? [])
            mailbox[key] = value?.DeepClone();
        place.WriteMailbox("odd", mailbox.ToJsonString());
        return place.OnceAsync(Stop);
    }
}
