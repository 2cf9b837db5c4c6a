using Xunit;

namespace MailIngest.Tests.Polling.Decisions;

/// <summary>Octets that nobody asked for: smuggled by a sender through an unstuffed dot, or an unsolicited -ERR. Nothing unproven is deleted.</summary>
public class OutOfStepTests
{
    const string Forgery = "From: mallory@example.com\r\nSubject: forged\r\n\r\npay here\r\n";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_message_that_begins_with_a_dot_smuggles_nothing_through_a_server_that_forgets_to_stuff_it(bool pipelining)
    {
        await using var world = await PollWorld.CreateAsync(
            faults => faults.At("RETR").ForgetsFirstDot().At("TOP").ForgetsFirstDot(), server: options => options with { Pipelining = pipelining });
        var smuggler = world.Deliver(Mail.Raw(".\r\n+OK\r\n" + Forgery + ".\r\n+OK\r\n+OK\r\n"));
        var real = world.Deliver();
        world.Deliver(3);
        await world.PollAsync();
        for (var poll = 0; poll < 6; poll++)
            await world.PollAsync();
        Assert.True(world.IsStored(real));
        Assert.Equal(4, world.Stored);
        Assert.Equal([smuggler.Message], world.Maildrop.Messages);
    }

    [Fact]
    public async Task A_message_that_begins_with_a_dot_is_stored_exactly_from_a_server_that_stuffs_it()
    {
        await using var world = await PollWorld.CreateAsync();
        world.Deliver(Mail.Raw(".\r\n+OK\r\n" + Forgery + ".\r\n"));
        world.Deliver(2);
        await world.PollAsync();
        world.AssertAllMoved();
    }

    [Fact]
    public async Task LF_dot_LF_is_content_and_kept_exactly()
    {
        // Sent as it stands: the server does not turn a bare LF into CRLF here.
        var octets = Mail.Raw("Subject: lines\r\n\r\nx\n.\nAFTER\r\n");
        await using var world = await PollWorld.CreateAsync(faults => faults.At("RETR", message: 1).SendsOctets(octets).At("LIST").SaysOctets(1, octets.Length));
        world.Deliver(Mail.Raw("Subject: lines\r\n\r\nx\r\n.\r\nAFTER\r\n"));
        await world.RunAsync();
        Assert.Equal(octets, await File.ReadAllBytesAsync(Assert.Single(world.BlobFiles), PollWorld.Stop));
    }

    [Theory]
    [InlineData("UIDL")]
    [InlineData("LIST")]
    [InlineData("DELE")]
    public async Task An_unsolicited_ERR_ends_the_session_and_deletes_nothing(string verb)
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At(verb, session: 1).SaysAfter("-ERR Disconnected for inactivity.\r\n"));
        world.Deliver(2);
        await world.PollAsync();
        Assert.DoesNotContain(world.Server.Events.Commands("QUIT"), quit => quit.Session == 1);
        Assert.DoesNotContain(world.Server.Events.Removals, removed => removed.Session == 1);
        await world.PollAsync();
        world.AssertAllMoved();
    }

    [Fact]
    public async Task An_unsolicited_ERR_and_the_end_of_the_connection_cost_nothing_but_time()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults
            .At("RETR", message: 3, session: 1).SaysBefore("-ERR [SYS/TEMP] shutting down\r\n").At("RETR", message: 3, session: 1).CutAfterOctets(31));
        world.Deliver(5);
        await world.PollAsync();
        await world.PollAsync();
        world.AssertAllMoved();
    }

    [Theory]
    [InlineData(true, 5, 1)]
    [InlineData(true, 2, 1)]
    [InlineData(false, 5, 1)]
    [InlineData(false, 2, 1)]
    [InlineData(true, 5, 3)]
    [InlineData(true, 5, 5)]
    public async Task When_an_unsolicited_ERR_shifts_the_answers_no_message_is_lost_and_none_is_stored_twice(bool top, int messages, int at)
    {
        // Messages of one size: each answer could pass for the one before.
        await using var world = await PollWorld.CreateAsync(
            faults => faults.At("RETR", message: at, session: 1).SaysBefore("-ERR out of nowhere\r\n"), options => options with { Top = top });
        world.Deliver(messages);
        for (var poll = 0; poll < 3; poll++)
            await world.PollAsync();
        world.AssertAllMoved();
    }

    [Theory]
    [InlineData("+OK\r\n")]
    [InlineData("+OK 500 octets\r\n")]
    public async Task A_status_line_out_of_nowhere_becomes_no_part_of_a_message(string line)
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("RETR", message: 2, times: 2).SaysBefore(line));
        world.Deliver(3);
        for (var poll = 0; poll < 4; poll++)
            await world.PollAsync();
        world.AssertAllMoved();
    }

    [Fact]
    public async Task After_a_refused_RETR_what_was_under_way_is_dropped_and_asked_for_again_one_at_a_time()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("RETR", message: 2).Refuses("no"));
        world.Deliver(4);
        var report = await world.PollAsync();
        Assert.Equal((3, 1), (report.Counts.Fetched, report.Counts.Failed));
        Assert.Equal(3, world.Stored);
        Assert.Equal(1, world.Maildrop.Count);
        Assert.Equal(["RETR 1", "RETR 2", "RETR 3", "RETR 4"], world.Commands("RETR").Take(4)); // the flight, of which the first was stored
        Assert.Equal(["RETR 2", "RETR 3", "RETR 4"], world.Commands("RETR").Skip(4));
        Assert.Single(world.Server.Events.SignIns);
    }

    [Fact]
    public async Task A_refusal_among_several_commands_may_be_that_of_another_one_and_is_counted_against_none()
    {
        // Once: asked for again, with nothing else under way, the message is given. A server that removes what was RETR'd removes it at QUIT.
        await using var world = await PollWorld.CreateAsync(
            faults => faults.At("RETR", message: 2, occurrence: 1).Refuses("no").At("QUIT").RemovesRetrieved());
        world.Deliver(4);
        var report = await world.PollAsync();
        Assert.Equal((4, 0), (report.Counts.Fetched, report.Counts.Failed));
        world.AssertAllMoved();
        Assert.Single(world.Server.Events.SignIns);
    }

    [Fact]
    public async Task After_a_refused_RETR_STAT_has_to_fit_before_anything_else_is_believed()
    {
        // The answer that is read as STAT's is that of the RETR: everything has shifted by one.
        await using var world = await PollWorld.CreateAsync(
            faults => faults.At("RETR", message: 3, session: 1).Refuses("no").At("STAT", session: 1, occurrence: 2).Answers("+OK 500 octets"));
        world.Deliver(3);
        var report = await world.PollAsync();
        Assert.NotNull(report.Failure);
        Assert.Empty(world.Commands("DELE"));
        Assert.Equal(3, world.Maildrop.Count);
        Assert.All((await world.RowsAsync()).Where(row => row.Stored is not null), row => Assert.Equal(1, row.Attempts));

        await world.PollAsync();
        world.AssertAllMoved();
    }

    [Fact]
    public async Task When_an_unsolicited_ERR_shifts_the_answers_no_message_is_missed_where_mail_is_kept()
    {
        await using var world = await PollWorld.CreateAsync(
            faults => faults.At("RETR", message: 1, session: 1).SaysBefore("-ERR out of nowhere\r\n"), mailbox: mailbox => mailbox with { Delete = false });
        var messages = Enumerable.Range(0, 5).Select(_ => world.Deliver()).ToList();
        for (var poll = 0; poll < 3; poll++)
            await world.RunAsync();
        Assert.All(messages, message => Assert.True(world.IsStored(message)));
    }

    [Fact]
    public async Task Where_mail_is_kept_a_doubtful_copy_is_proven_once_and_then_believed()
    {
        await using var world = await PollWorld.CreateAsync(
            faults => faults.At("RETR", message: 3, session: 1).Refuses("no").At("STAT", session: 1, occurrence: 2).Answers("+OK 500 octets"),
            mailbox: mailbox => mailbox with { Delete = false });
        world.Deliver(3);
        for (var poll = 0; poll < 4; poll++)
            await world.PollAsync();
        // By their octets, because the session is not trusted with TOP.
        Assert.Equal(6, world.Commands("RETR").Count);
        Assert.Empty(world.Commands("TOP"));
        Assert.Equal(3, world.Stored);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public async Task A_server_whose_TOP_is_broken_does_not_block_its_mailbox(bool pipelining, bool quitWasLost)
    {
        await using var world = await PollWorld.CreateAsync(
            faults => quitWasLost ? faults.At("QUIT", session: 1).CutBefore() : faults, options => options with { Pipelining = pipelining },
            mailbox => mailbox with { Delete = quitWasLost });
        world.Deliver(3);
        await world.PollAsync();
        world.Mailbox = world.Mailbox with { Delete = true };
        world.Deliver(2);
        await world.RestartServerAsync(faults => faults.At("TOP").SaysBefore("+OK twice\r\n"));
        for (var poll = 0; poll < 2; poll++)
            await world.PollAsync();
        world.AssertAllMoved();
    }

    [Fact]
    public async Task After_a_framing_error_the_mailbox_is_spoken_to_in_lock_step()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("DELE", message: 1, session: 1).Answers("garbage"));
        world.Deliver(3);
        var report = await world.PollAsync();
        Assert.NotNull(report.Failure);
        Assert.Contains(world.Log.Lines, line => line.Contains("pipelining and TOP are off", StringComparison.Ordinal));
        Assert.True((await world.Ledger.ReadTraitsAsync(world.Mailbox.Id, PollWorld.Stop)).LockStepUntil > world.Clock.GetUtcNow());

        await using var wire = FaultLab.RoundTrips.To(world.Server.EndPoint);
        world.Port = wire.Port;
        world.Deliver(20);
        await world.PollAsync();
        Assert.True(wire.Count > 40, $"{wire.Count} round trips");
        world.AssertAllMoved();
    }

    [Fact]
    public async Task A_server_that_is_out_of_step_around_the_sign_in_is_spoken_to_in_lock_step()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("CAPA", session: 1, occurrence: 2).SaysBefore("garbage\r\n"));
        world.Deliver(3);
        await world.PollAsync();
        Assert.True((await world.Ledger.ReadTraitsAsync(world.Mailbox.Id, PollWorld.Stop)).LockStepUntil > world.Clock.GetUtcNow());
        await world.PollAsync();
        world.AssertAllMoved();
    }

    [Fact]
    public async Task A_first_CAPA_that_makes_no_sense_is_no_reason_for_lock_step()
    {
        await using var world = await PollWorld.CreateAsync(faults => faults.At("CAPA", session: 1).Answers("garbage"));
        world.Deliver(3);
        await world.PollAsync();
        Assert.Null((await world.Ledger.ReadTraitsAsync(world.Mailbox.Id, PollWorld.Stop)).LockStepUntil);
    }
}
