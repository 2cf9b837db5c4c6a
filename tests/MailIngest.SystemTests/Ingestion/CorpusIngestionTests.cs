using System.Text.Json.Nodes;
using MailIngest.SystemTests.Corpus;
using MailIngest.SystemTests.Servers;
using MailIngest.SystemTests.Worker;
using Xunit;

namespace MailIngest.SystemTests.Ingestion;

/// <summary>The main job on the worst input: the corpus, from a real Dovecot into both stores, by the worker as users run it.</summary>
public sealed class CorpusIngestionTests(SharedDovecot dovecot, SharedAzurite azurite)
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory, InlineData(Transport.Plaintext), InlineData(Transport.Stls), InlineData(Transport.ImplicitTls)]
    [Trait("Needs", "Dovecot")]
    public async Task The_corpus_is_stored_octet_for_octet_in_files_or_refused(Transport transport)
    {
        using var place = new Workplace();
        await IngestAsync(place, transport);
    }

    [Theory, InlineData(Transport.Plaintext), InlineData(Transport.Stls), InlineData(Transport.ImplicitTls)]
    [Trait("Needs", "Dovecot"), Trait("Needs", "Azurite")]
    public async Task The_corpus_is_stored_octet_for_octet_in_a_container_or_refused(Transport transport)
    {
        using var place = await WithContainerAsync();
        await IngestAsync(place, transport);
    }

    [Fact, Trait("Needs", "Dovecot")]
    public async Task Messages_of_many_megabytes_are_stored_octet_for_octet_in_files()
    {
        using var place = new Workplace();
        await IngestLargeAsync(place);
    }

    [Fact, Trait("Needs", "Dovecot"), Trait("Needs", "Azurite")]
    public async Task Messages_of_many_megabytes_are_stored_octet_for_octet_in_a_container()
    {
        using var place = await WithContainerAsync();
        await IngestLargeAsync(place);
    }

    async Task IngestAsync(Workplace place, Transport transport)
    {
        var server = dovecot.Server;
        var maildrop = server.NewMaildrop();
        var mail = new Consignment(maildrop);
        NastyMessage[] corpus = [.. NastyMessages.Sound, .. NastyMessages.Short, .. NastyMessages.Smuggling, NastyMessages.Victim];
        foreach (var message in corpus)
            mail.Put(message);
        // More attempts than polls can make: nothing is set aside while the test looks.
        place.AddMailbox("corpus", server, maildrop, transport, new JsonObject { ["maxAttempts"] = 100 });

        (await place.OnceAsync(Stop)).Ended(ExitCode.Temporary).Said("corpus");
        var blobs = await place.Blobs.ReadAsync(Stop);
        mail.AssertDelivered(blobs);

        (await place.OnceAsync(Stop)).Ended(ExitCode.Temporary);
        Assert.Equal(blobs, await place.Blobs.ReadAsync(Stop));
        Assert.Equal(mail.Refused, maildrop.Left);
    }

    async Task IngestLargeAsync(Workplace place)
    {
        var server = dovecot.Server;
        var maildrop = server.NewMaildrop();
        var mail = new Consignment(maildrop);
        foreach (var message in NastyMessages.Large)
            mail.Put(message);
        place.AddMailbox("large", server, maildrop, Transport.ImplicitTls);

        (await place.OnceAsync(Stop)).Ended(ExitCode.Done);

        mail.AssertDelivered(await place.Blobs.ReadAsync(Stop));
    }

    async Task<Workplace> WithContainerAsync()
    {
        var container = new BlobContainer(azurite.Server.ConnectionString, await azurite.Server.NewContainerAsync(Stop));
        return new Workplace { Blobs = container };
    }
}
