using MailIngest.SystemTests.Servers;
using MailIngest.SystemTests.Worker;
using Xunit;

namespace MailIngest.SystemTests.Ingestion;

/// <summary>The verbs of the command line, as a user meets them.</summary>
public sealed class CommandTests(SharedDovecot dovecot)
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Help_names_the_verbs()
    {
        using var place = new Workplace();

        var run = (await place.RunAsync(["--help"], Stop, settings: false)).Ended(ExitCode.Done);

        Assert.All((string[])["once", "check", "demo"], verb => Assert.Contains(verb, run.Output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Demo_needs_no_server_and_no_settings()
    {
        using var place = new Workplace();

        var run = (await place.RunAsync(["demo"], Stop, settings: false)).Ended(ExitCode.Done);

        Assert.NotEmpty(run.Output);
    }

    [Fact]
    public async Task Check_accepts_good_files_without_calling_any_server()
    {
        using var place = new Workplace();
        var mailbox = place.Mailbox("office", 995, "alice", "a-password-nobody-sees", Transport.ImplicitTls);
        mailbox["host"] = "mail.host.invalid"; // RFC 6761 §6.4: never resolves
        place.WriteMailbox("office", mailbox.ToJsonString());

        (await place.RunAsync(["check"], Stop)).Ended(ExitCode.Done);
    }

    [Fact]
    public async Task Check_refuses_a_wrong_file()
    {
        using var place = new Workplace();
        place.WriteMailbox("wrong", """{ "hots": "x" }""");

        (await place.RunAsync(["check"], Stop)).Ended(ExitCode.ConfigurationInvalid).Said("wrong.json", "hots");
    }

    [Theory, InlineData(Transport.Plaintext), InlineData(Transport.Stls), InlineData(Transport.ImplicitTls)]
    [Trait("Needs", "Dovecot")]
    public async Task Check_with_connect_signs_in_and_takes_nothing_and_leaves_nothing(Transport transport)
    {
        var server = dovecot.Server;
        var maildrop = server.NewMaildrop();
        var mail = new Consignment(maildrop);
        mail.Put("first", SampleMail.Make(1));
        using var place = new Workplace();
        place.AddMailbox("office", server, maildrop, transport);

        var run = (await place.RunAsync(["check", "--connect"], Stop)).Ended(ExitCode.Done);

        Assert.Contains("office", run.Output, StringComparison.Ordinal);
        Assert.Contains("PIPELINING", run.Output, StringComparison.OrdinalIgnoreCase);
        mail.AssertUntouched();
        Assert.Empty(await place.Blobs.ReadAsync(Stop));
    }

    [Fact, Trait("Needs", "Dovecot")]
    public async Task Once_polls_only_the_mailboxes_it_is_told_to()
    {
        var server = dovecot.Server;
        var (first, second) = (server.NewMaildrop(), server.NewMaildrop());
        first.Put("mail", SampleMail.Make(1));
        second.Put("mail", SampleMail.Make(2));
        using var place = new Workplace();
        place.AddMailbox("first", server, first);
        place.AddMailbox("second", server, second);

        (await place.RunAsync(["once", "--mailbox", "second"], Stop)).Ended(ExitCode.Done);

        Assert.Single(first.Left);
        Assert.Empty(second.Left);
        Assert.Single(await place.Blobs.ReadAsync(Stop));
    }

    [Fact, Trait("Needs", "Dovecot")]
    public async Task One_broken_mailbox_does_not_keep_the_others_from_being_polled()
    {
        var server = dovecot.Server;
        var maildrop = server.NewMaildrop();
        var mail = new Consignment(maildrop);
        mail.Put("mail", SampleMail.Make(1));
        using var place = new Workplace();
        place.AddMailbox("a-refused", server, server.NewMaildrop());
        await File.WriteAllTextAsync(place.PasswordFile("a-refused"), "not-the-password-at-all\n", Stop);
        place.AddMailbox("b-sound", server, maildrop);

        (await place.OnceAsync(Stop)).Ended(ExitCode.SignInRefused).Said("a-refused");

        mail.AssertDelivered(await place.Blobs.ReadAsync(Stop));
    }
}
