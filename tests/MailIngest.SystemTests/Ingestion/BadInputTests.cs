using System.Net;
using System.Net.Sockets;
using Azure.Storage.Blobs;
using MailIngest.SystemTests.Servers;
using MailIngest.SystemTests.Worker;
using Xunit;

namespace MailIngest.SystemTests.Ingestion;

/// <summary>What an operator gets wrong: one sentence with the mailbox and the cause, an exit code of its own, and nothing lost.</summary>
public sealed class BadInputTests(SharedDovecot dovecot, SharedAzurite azurite)
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory, InlineData(Transport.Plaintext), InlineData(Transport.Stls), InlineData(Transport.ImplicitTls)]
    [Trait("Needs", "Dovecot")]
    public async Task A_refused_password_is_said_and_ends_with_77(Transport transport)
    {
        var (server, maildrop, mail) = OneMessage();
        using var place = new Workplace();
        place.AddMailbox("office", server, maildrop, transport);
        await File.WriteAllTextAsync(place.PasswordFile("office"), "not-the-password-at-all\n", Stop);

        (await place.OnceAsync(Stop)).Ended(ExitCode.SignInRefused).Said("office", maildrop.User);

        mail.AssertUntouched();
    }

    [Fact]
    public async Task A_host_where_nobody_listens_is_said_and_ends_with_69()
    {
        using var place = new Workplace();
        var port = PortOfNobody();
        place.WriteMailbox("office", place.Mailbox("office", port, "alice", "a-password-nobody-sees", Transport.Plaintext).ToJsonString());

        (await place.OnceAsync(Stop)).Ended(ExitCode.ServerUnreachable).Said("office", $"127.0.0.1:{port}");
    }

    [Fact]
    public async Task A_host_name_that_does_not_exist_is_said_and_ends_with_69()
    {
        using var place = new Workplace();
        var mailbox = place.Mailbox("office", 995, "alice", "a-password-nobody-sees", Transport.ImplicitTls);
        mailbox["host"] = "mail.host.invalid"; // RFC 6761 §6.4: never resolves
        place.WriteMailbox("office", mailbox.ToJsonString());

        (await place.OnceAsync(Stop)).Ended(ExitCode.ServerUnreachable).Said("office", "mail.host.invalid");
    }

    [Theory, InlineData(Transport.Stls), InlineData(Transport.ImplicitTls)]
    [Trait("Needs", "Dovecot")]
    public async Task A_certificate_of_an_unknown_authority_is_said_and_no_password_is_sent(Transport transport)
    {
        var (server, maildrop, mail) = OneMessage();
        using var place = new Workplace();
        using var stranger = new TestAuthority("another authority");
        place.AddMailbox("office", server, maildrop, transport);
        await File.WriteAllTextAsync(place.TrustFile, stranger.CertificatePem, Stop);

        (await place.OnceAsync(Stop)).Failed().Said("office", "certificate");

        mail.AssertUntouched();
        AssertNobodyTried(server, maildrop);
    }

    [Theory, InlineData(Transport.Stls), InlineData(Transport.ImplicitTls)]
    [Trait("Needs", "Dovecot")]
    public async Task A_certificate_for_another_name_is_said_and_no_password_is_sent(Transport transport)
    {
        Assert.SkipUnless(DovecotServer.IsInstalled, DovecotServer.Missing);
        await using var server = await DovecotServer.StartAsync(new DovecotOptions { CertificateNames = ["mail.example.test"] }, Stop);
        var maildrop = server.NewMaildrop();
        var mail = new Consignment(maildrop);
        mail.Put("first", SampleMail.Make(1));
        using var place = new Workplace();
        place.AddMailbox("office", server, maildrop, transport);

        (await place.OnceAsync(Stop)).Failed().Said("office", "certificate", "127.0.0.1");

        mail.AssertUntouched();
        AssertNobodyTried(server, maildrop);
    }

    [Fact, Trait("Needs", "Dovecot"), Trait("Needs", "Azurite")]
    public async Task A_container_that_does_not_exist_is_said_and_ends_with_73()
    {
        var (server, maildrop, mail) = OneMessage();
        var absent = new BlobContainerClient(azurite.Server.ConnectionString, "nobody-made-this");
        using var place = new Workplace { Blobs = new BlobContainer(azurite.Server.ConnectionString, absent) };
        place.AddMailbox("office", server, maildrop);

        (await place.OnceAsync(Stop)).Ended(ExitCode.StoreFailed).Said("nobody-made-this");

        mail.AssertUntouched();
    }

    [Fact, Trait("Needs", "Dovecot")]
    public async Task A_maildrop_that_another_session_holds_is_left_for_the_next_poll_with_75()
    {
        Assert.SkipUnless(DovecotServer.IsInstalled, DovecotServer.Missing);
        await using var server = await DovecotServer.StartAsync(new DovecotOptions { LockSession = true }, Stop);
        var maildrop = server.NewMaildrop();
        var mail = new Consignment(maildrop);
        mail.Put("first", SampleMail.Make(1));
        using var place = new Workplace();
        place.AddMailbox("office", server, maildrop);

        await using (await RawPop3.SignInAsync(server, maildrop, Stop))
        {
            (await place.OnceAsync(Stop)).Ended(ExitCode.Temporary).Said("office");
            mail.AssertUntouched();
        }

        // The dropped session needs a moment to give its lock back: Dovecot makes the next one wait for it.
        (await place.OnceAsync(Stop)).Ended(ExitCode.Done);
        mail.AssertDelivered(await place.Blobs.ReadAsync(Stop));
    }

    (DovecotServer, DovecotMaildrop, Consignment) OneMessage()
    {
        var server = dovecot.Server;
        var maildrop = server.NewMaildrop();
        var mail = new Consignment(maildrop);
        mail.Put("first", SampleMail.Make(1));
        return (server, maildrop, mail);
    }

    // Dovecot logs the name of whoever tried to sign in, right or wrong.
    static void AssertNobodyTried(DovecotServer server, DovecotMaildrop maildrop) =>
        Assert.DoesNotContain($"user=<{maildrop.User}>", server.Log, StringComparison.Ordinal);

    static int PortOfNobody()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
