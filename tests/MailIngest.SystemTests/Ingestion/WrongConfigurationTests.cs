using MailIngest.SystemTests.Servers;
using MailIngest.SystemTests.Worker;
using Xunit;

namespace MailIngest.SystemTests.Ingestion;

/// <summary>Config files that are wrong: all of it is said at once with file and line, and nothing is polled.</summary>
public sealed class WrongConfigurationTests(SharedDovecot dovecot)
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    const string Sound = """ "host": "mail.example.org", "username": "a", "passwordEnv": "P", "tls": "implicit" """;

    public static TheoryData<string, string> WrongFiles => new()
    {
        { "not JSON", """{ "host": "mail.example.org", """ },
        { "an unknown key", $$"""{ {{Sound}}, "hots": "x" }""" },
        { "no host", """{ "username": "a", "passwordEnv": "P", "tls": "implicit" }""" },
        { "no user name", """{ "host": "mail.example.org", "passwordEnv": "P", "tls": "implicit" }""" },
        { "no password", """{ "host": "mail.example.org", "username": "a", "tls": "implicit" }""" },
        { "a wrong type", $$"""{ {{Sound}}, "port": "ninety" }""" },
        { "a port that cannot be", $$"""{ {{Sound}}, "port": 70000 }""" },
        { "an unknown word", """{ "host": "mail.example.org", "username": "a", "passwordEnv": "P", "tls": "maybe" }""" },
        { "two passwords", $$"""{ {{Sound}}, "passwordFile": "/run/p" }""" },
        { "an empty file", "" },
    };

    [Theory, MemberData(nameof(WrongFiles)), Trait("Needs", "Dovecot")]
    public async Task A_wrong_mailbox_file_is_named_and_nothing_is_polled(string what, string json)
    {
        Assert.NotEmpty(what);
        var server = dovecot.Server;
        var maildrop = server.NewMaildrop();
        var mail = new Consignment(maildrop);
        mail.Put("first", SampleMail.Make(1));
        using var place = new Workplace();
        place.AddMailbox("right", server, maildrop);
        place.WriteMailbox("wrong", json);

        (await place.OnceAsync(Stop)).Ended(ExitCode.ConfigurationInvalid).Said("wrong.json");

        mail.AssertUntouched();
        Assert.Empty(await place.Blobs.ReadAsync(Stop));
    }

    [Fact]
    public async Task Every_mistake_in_every_file_is_said_at_once()
    {
        using var place = new Workplace();
        place.WriteMailbox("first", """
            {
              "hots": "mail.example.org",
              "username": "a", "passwordEnv": "P",
              "tls": "maybe"
            }
            """);
        place.WriteMailbox("second", """{ "host": "mail.example.org", "username": "b", "passwordEnv": "P", "port": "x" }""");

        (await place.OnceAsync(Stop)).Ended(ExitCode.ConfigurationInvalid)
            .Said("first.json", "2", "hots")
            .Said("first.json", "4", "tls")
            .Said("second.json", "1", "port");
    }

    [Fact]
    public async Task Two_files_for_the_same_host_and_user_are_refused()
    {
        using var place = new Workplace();
        var mailbox = place.Mailbox("one", 110, "alice", "a-password-nobody-sees", Transport.Plaintext).ToJsonString();
        place.WriteMailbox("one", mailbox);
        place.WriteMailbox("two", mailbox);

        (await place.OnceAsync(Stop)).Ended(ExitCode.ConfigurationInvalid).Said("one", "two");
    }

    [Fact]
    public async Task A_settings_file_that_is_wrong_is_named()
    {
        using var place = new Workplace();
        await File.WriteAllTextAsync(place.SettingsFile, """{ "mailboxes": "mailboxes", "blobs": { "store": "tape" } }""", Stop);

        (await place.OnceAsync(Stop)).Ended(ExitCode.ConfigurationInvalid).Said("appsettings.json", "tape");
    }

    [Fact]
    public async Task A_settings_file_that_is_not_there_is_named()
    {
        using var place = new Workplace();
        File.Delete(place.SettingsFile);

        (await place.OnceAsync(Stop)).Failed().Said(place.SettingsFile);
    }

    [Fact]
    public async Task A_verb_that_does_not_exist_ends_with_64()
    {
        using var place = new Workplace();

        (await place.RunAsync(["twice"], Stop)).Ended(ExitCode.Usage).Said("twice");
    }

    [Fact]
    public async Task A_mailbox_that_no_file_describes_is_named()
    {
        using var place = new Workplace();
        place.WriteMailbox("office", place.Mailbox("office", 110, "alice", "a-password-nobody-sees", Transport.Plaintext).ToJsonString());

        (await place.RunAsync(["once", "--mailbox", "offcie"], Stop)).Failed().Said("offcie");
    }
}
