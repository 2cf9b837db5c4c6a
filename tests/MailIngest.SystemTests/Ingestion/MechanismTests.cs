using System.Text.Json.Nodes;
using MailIngest.SystemTests.Servers;
using MailIngest.SystemTests.Worker;
using Xunit;

namespace MailIngest.SystemTests.Ingestion;

/// <summary>Signing in to a real Dovecot with each mechanism that takes a password.</summary>
public sealed class MechanismTests
{
    const string Every = "plain login cram-md5 apop scram-sha-1 scram-sha-256";

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact, Trait("Needs", "Dovecot")]
    public async Task Each_mechanism_signs_in_and_auto_takes_the_strongest()
    {
        Assert.SkipUnless(DovecotServer.IsInstalled, DovecotServer.Missing);
        await using var server = await DovecotServer.StartAsync(new DovecotOptions { Mechanisms = Every }, Stop);
        foreach (var (auth, method) in ((string, string)[])
            [
                ("auto", "SCRAM-SHA-256"), ("scram-sha-256", "SCRAM-SHA-256"), ("scram-sha-1", "SCRAM-SHA-1"), ("plain", "PLAIN"),
                ("userpass", "PLAIN"), ("cram-md5", "CRAM-MD5"), ("apop", "APOP"),
            ])
        {
            var maildrop = server.NewMaildrop();
            var mail = new Consignment(maildrop);
            mail.Put("one", SampleMail.Make(1));
            using var place = new Workplace();
            place.AddMailbox("signing-in", server, maildrop, Transport.ImplicitTls, new JsonObject { ["auth"] = auth });

            (await place.OnceAsync(Stop)).Ended(ExitCode.Done);

            mail.AssertDelivered(await place.Blobs.ReadAsync(Stop));
            Assert.Contains($"Login: user=<{maildrop.User}>, method={method},", server.Log);
        }
    }

    [Fact, Trait("Needs", "Dovecot")]
    public async Task A_wrong_password_is_refused_once_and_nothing_weaker_is_tried()
    {
        Assert.SkipUnless(DovecotServer.IsInstalled, DovecotServer.Missing);
        await using var server = await DovecotServer.StartAsync(new DovecotOptions { Mechanisms = Every }, Stop);
        var maildrop = server.NewMaildrop();
        using var place = new Workplace();
        place.AddMailbox("signing-in", server, maildrop, Transport.ImplicitTls);
        File.WriteAllText(place.PasswordFile("signing-in"), "wrong\n");

        (await place.OnceAsync(Stop)).Failed().Said("AUTH SCRAM-SHA-256 ****", "was refused");

        Assert.DoesNotContain("method=PLAIN", server.Log);
    }
}
