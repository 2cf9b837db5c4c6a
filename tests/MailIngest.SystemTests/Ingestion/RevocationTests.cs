using MailIngest.Pop3;
using MailIngest.Pop3.Server;
using MailIngest.SystemTests.Servers;
using MailIngest.SystemTests.Worker;
using Xunit;

namespace MailIngest.SystemTests.Ingestion;

/// <summary>"tlsRevocation": "on": an authority that publishes a list of what it has revoked, and a server with a certificate of its.</summary>
public sealed class RevocationTests
{
    const string User = "alice", Password = "a-password-nobody-sees";

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("on", "good", null)]
    [InlineData("on", "revoked", "revoked")]
    [InlineData("on", "no list", "no answer is to be had whether it is revoked")]
    [InlineData("off", "revoked", null)]
    public async Task The_authority_is_asked_only_where_the_file_says_so_and_only_a_good_answer_is_one(string key, string answer, string? said)
    {
        await using var published = new RevocationServer();
        using var authority = new TestAuthority { RevocationsAt = published.Address };
        using var certificate = authority.IssueForHere("127.0.0.1");
        published.List = answer switch
        {
            "good" => authority.Revocations(),
            "revoked" => authority.Revocations(certificate),
            _ => [],
        };
        var maildrop = new Maildrop();
        maildrop.Add("Subject: one\r\n\r\nIts text.\r\n"u8.ToArray());
        await using var server = Pop3Server.Start(new Pop3ServerOptions
        {
            Accounts = new Dictionary<string, Pop3Account> { [User] = new(Password, maildrop) },
            Tls = TlsMode.Implicit,
            Certificate = certificate,
        });
        using var place = new Workplace();
        File.WriteAllText(place.TrustFile, authority.CertificatePem);
        var mailbox = place.Mailbox("asking", server.Port, User, Password, Transport.ImplicitTls);
        (mailbox["tlsTrustFile"], mailbox["tlsRevocation"]) = (place.TrustFile, key);
        place.WriteMailbox("asking", mailbox.ToJsonString());

        var run = await place.OnceAsync(Stop);

        if (said is null)
            run.Ended(ExitCode.Done);
        else
            run.Failed().Said("the certificate is not trusted", said, "nothing was sent");
        Assert.Equal(said is null ? 1 : 0, server.Events.SignIns.Count);
        Assert.Equal(key == "on", published.Asked > 0);
    }
}
