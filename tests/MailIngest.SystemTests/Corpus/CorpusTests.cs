using MailIngest.SystemTests.Servers;
using Xunit;

namespace MailIngest.SystemTests.Corpus;

/// <summary>The corpus itself: are its files what they claim to be, and does Dovecot send what the oracle says?</summary>
public sealed class CorpusTests(SharedDovecot dovecot)
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string> EveryRow => [.. NastyMessages.All.Select(message => message.Row)];

    [Theory, MemberData(nameof(EveryRow))]
    public void A_file_has_the_sizes_of_its_row(string row)
    {
        var message = NastyMessages.Find(row);
        var file = message.File();
        Assert.Equal(message.FileOctets, file.Length);
        if (message.Fate == Fate.Stored)
        {
            var received = Wire.Received(file);
            Assert.Equal((message.Listed, message.Received), (Wire.Listed(file), received.LongLength));
            if (message.Sha256 is not null)
                Assert.StartsWith(message.Sha256, Wire.Sha256(received), StringComparison.Ordinal);
        }
        else
        {
            Assert.True(message.Received < message.Listed, "A refused row is one of which less arrives than was listed.");
        }
    }

    [Theory, MemberData(nameof(EveryRow)), Trait("Needs", "Dovecot")]
    public async Task Dovecot_lists_and_sends_the_octets_of_a_row(string row)
    {
        var message = NastyMessages.Find(row);
        var file = message.File();
        var server = dovecot.Server;
        var maildrop = server.NewMaildrop();
        maildrop.Put(message.Label, file, message.Sizes);

        await using var session = await RawPop3.SignInAsync(server, maildrop, Stop);
        Assert.Equal([message.Listed], await session.ListAsync(Stop));
        var received = await session.RetrieveAsync(1, Stop);

        Assert.Equal(message.Received, received.LongLength);
        if (message.Sha256 is not null)
            Assert.StartsWith(message.Sha256, Wire.Sha256(received), StringComparison.Ordinal);
        if (message.Fate == Fate.Stored)
            Assert.Equal(Wire.Sha256(Wire.Received(file)), Wire.Sha256(received));
    }

    [Fact, Trait("Needs", "Dovecot")]
    public async Task Dovecot_does_not_stuff_a_dot_that_is_the_first_octet_so_that_the_sender_writes_the_next_answers()
    {
        var server = dovecot.Server;
        var maildrop = server.NewMaildrop();
        maildrop.Put("forged", NastyMessages.Find("36 forged answers").File());

        await using var session = await RawPop3.SignInAsync(server, maildrop, Stop);

        Assert.Empty(await session.RetrieveAsync(1, Stop));
        Assert.Equal(
            "+OK\r\n+OK\r\nFrom: mallory@x.org\r\nSubject: forged\r\n\r\nThis was never mail.\r\n.\r\n",
            await session.LeftOverAsync(Stop));
    }

    [Theory, InlineData("33 the name claims less"), InlineData("34 cut off after the listing"), InlineData("35 the name claims more")]
    [Trait("Needs", "Dovecot")]
    public async Task Dovecot_repeats_a_wrong_size_in_the_next_sessions(string row)
    {
        var message = NastyMessages.Find(row);
        var server = dovecot.Server;
        var maildrop = server.NewMaildrop();
        maildrop.Put(message.Label, message.File(), message.Sizes);

        for (var sessions = 1; sessions <= 3; sessions++)
        {
            await using var session = await RawPop3.SignInAsync(server, maildrop, Stop);
            Assert.Equal([message.Listed], await session.ListAsync(Stop));
            Assert.Equal(message.Received, (await session.RetrieveAsync(1, Stop)).LongLength);
            await session.AskAsync("QUIT", Stop);
        }
    }
}
