using System.Text.Json.Nodes;
using MailIngest.SystemTests.Servers;
using MailIngest.SystemTests.Worker;
using Xunit;

namespace MailIngest.SystemTests.Ingestion;

/// <summary>Signing in to a real Dovecot with a client certificate: EXTERNAL, and no password anywhere.</summary>
public sealed class ClientCertificateTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory, Trait("Needs", "Dovecot")]
    [InlineData(Transport.ImplicitTls)]
    [InlineData(Transport.Stls)]
    public async Task Whoever_the_certificate_is_of_gets_his_mail_and_a_renewed_one_needs_no_other_file(Transport transport)
    {
        Assert.SkipUnless(DovecotServer.IsInstalled, DovecotServer.Missing);
        using var authority = new TestAuthority("those who have mailboxes");
        await using var server = await StartAsync(authority);
        var maildrop = server.NewMaildrop();
        var mail = new Consignment(maildrop);
        mail.Put("one", SampleMail.Make(1));
        using var place = new Workplace();
        AddMailbox(place, server, maildrop, authority, transport);

        (await place.OnceAsync(Stop)).Ended(ExitCode.Done);
        mail.Put("two", SampleMail.Make(2));
        Write(place, authority.IssueForUser(maildrop.User));
        (await place.OnceAsync(Stop)).Ended(ExitCode.Done);

        mail.AssertDelivered(await place.Blobs.ReadAsync(Stop));
        Assert.Equal(2, server.Log.Split($"Login: user=<{maildrop.User}>, method=EXTERNAL,").Length - 1);
    }

    [Theory, Trait("Needs", "Dovecot")]
    [InlineData("another authority's")]
    [InlineData("another user's")]
    public async Task A_wrong_certificate_is_refused_and_the_mail_stays(string whose)
    {
        Assert.SkipUnless(DovecotServer.IsInstalled, DovecotServer.Missing);
        using var authority = new TestAuthority("those who have mailboxes");
        using var stranger = new TestAuthority("a stranger");
        await using var server = await StartAsync(authority);
        var (maildrop, other) = (server.NewMaildrop(), server.NewMaildrop());
        maildrop.Put("one", SampleMail.Make(1));
        other.Put("two", SampleMail.Make(2));
        using var place = new Workplace();
        AddMailbox(place, server, maildrop, authority, Transport.ImplicitTls);
        Write(place, whose == "another user's" ? authority.IssueForUser(other.User) : stranger.IssueForUser(maildrop.User));

        (await place.OnceAsync(Stop)).Failed().Said("AUTH EXTERNAL", "was refused", "check username and tlsCertificateFile");

        Assert.Equal(["one"], maildrop.Left);
        Assert.Equal(["two"], other.Left);
        Assert.DoesNotContain("Login: user=", server.Log);
    }

    [Fact, Trait("Needs", "Dovecot")]
    public async Task A_key_that_cannot_be_used_is_named_before_anybody_is_connected_to()
    {
        Assert.SkipUnless(DovecotServer.IsInstalled, DovecotServer.Missing);
        using var authority = new TestAuthority("those who have mailboxes");
        await using var server = await StartAsync(authority);
        var maildrop = server.NewMaildrop();
        using var place = new Workplace();
        AddMailbox(place, server, maildrop, authority, Transport.ImplicitTls);
        Write(place, (authority.IssueForUser(maildrop.User).Certificate, authority.IssueForUser(maildrop.User).Key));

        (await place.RunAsync(["check"], Stop)).Failed().Said("tlsKeyFile", "holds another key than that of the first certificate");
        (await place.OnceAsync(Stop)).Failed().Said("tlsKeyFile", "holds another key than that of the first certificate");

        Assert.DoesNotContain("rip=", server.Log);
    }

    static Task<DovecotServer> StartAsync(TestAuthority clients) =>
        DovecotServer.StartAsync(new DovecotOptions { Mechanisms = "plain external", ClientAuthority = clients }, Stop);

    static void AddMailbox(Workplace place, DovecotServer server, DovecotMaildrop maildrop, TestAuthority authority, Transport transport)
    {
        place.AddMailbox("certified", server, maildrop, transport, new JsonObject
        {
            ["auth"] = "external",
            ["passwordFile"] = null,
            ["tlsCertificateFile"] = At(place, "certified.pem"),
            ["tlsKeyFile"] = At(place, "certified.key"),
        });
        File.Delete(place.PasswordFile("certified"));
        Write(place, authority.IssueForUser(maildrop.User));
    }

    static void Write(Workplace place, (string Certificate, string Key) certified)
    {
        File.WriteAllText(At(place, "certified.pem"), certified.Certificate);
        File.WriteAllText(At(place, "certified.key"), certified.Key);
    }

    static string At(Workplace place, string name) => Path.Combine(place.Folder, name);
}
