using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailIngest.Pop3.Tests.Client;

/// <summary>How many commands may be under way: what the link needs, found out by the clock.</summary>
public class CommandWindowTests
{
    readonly FakeTimeProvider _clock = new();

    [Fact]
    public void What_is_being_answered_does_not_count_so_that_the_next_is_always_under_way()
    {
        var window = Window(commands: 100, octets: 50);
        Assert.Equal(2, Fill(window, octets: 1000));
        Answer(window);
        Assert.Equal(1, Fill(window, octets: 1000));
    }

    [Fact]
    public void A_full_window_is_topped_up_when_a_quarter_was_answered()
    {
        var window = Window(commands: 100, octets: 1000);
        Assert.Equal(100, Fill(window));
        for (var answered = 1; answered < 25; answered++)
        {
            Answer(window);
            Assert.Equal(0, Fill(window));
        }
        Answer(window);
        Assert.Equal(25, Fill(window));
    }

    [Fact]
    public void It_doubles_up_to_sixteen_times_while_the_server_waits_for_commands()
    {
        var window = Window(commands: 4, octets: 1000);
        Flight(window, roundTrip: 100, wholeFlight: 100);
        Assert.Equal([8, 16, 32, 64, 64], Enumerable.Range(0, 5).Select(_ => Flight(window, roundTrip: 100, wholeFlight: 150)));
    }

    [Theory]
    [InlineData(4, 1000, 1, 8)]
    [InlineData(100, 40, 10, 9)]
    public void It_grows_in_commands_and_in_octets(int commands, long octets, long each, int then)
    {
        var window = Window(commands, octets);
        Flight(window, 100, 150, each);
        Assert.Equal(then, Fill(window, each));
    }

    [Fact]
    public void It_stays_when_the_link_or_the_consumer_needs_the_time()
    {
        var window = Window(commands: 4, octets: 1000);
        Assert.Equal([4, 4, 4], Enumerable.Range(0, 3).Select(_ => Flight(window, roundTrip: 100, wholeFlight: 200)));
    }

    [Fact]
    public void In_lock_step_there_is_one_command_also_after_it_has_grown()
    {
        var window = Window(commands: 4, octets: 1000);
        Flight(window, 100, 150);
        window.Commands = 1;
        Assert.Equal([1, 1, 1], Enumerable.Range(0, 3).Select(_ => Flight(window, roundTrip: 100, wholeFlight: 100)));
    }

    CommandWindow Window(int commands, long octets)
    {
        var window = new CommandWindow(_clock, octets) { Commands = commands };
        window.Add(Command.Of("CAPA"), 0);
        _clock.Advance(TimeSpan.FromMilliseconds(100));
        Answer(window);
        return window;
    }

    static int Fill(CommandWindow window, long octets = 0)
    {
        var sent = 0;
        for (; window.Admits(); sent++) window.Add(Command.Of("RETR", sent + 1), octets);
        return sent;
    }

    /// <summary>Fills the window and answers all of it; the first answer comes after a round trip.</summary>
    int Flight(CommandWindow window, int roundTrip, int wholeFlight, long octets = 0)
    {
        var sent = Fill(window, octets);
        for (var answered = 0; answered < sent; answered++)
        {
            if (answered == 0) _clock.Advance(TimeSpan.FromMilliseconds(roundTrip));
            if (answered == sent - 1) _clock.Advance(TimeSpan.FromMilliseconds(wholeFlight - roundTrip));
            Answer(window);
        }
        return sent;
    }

    static void Answer(CommandWindow window)
    {
        window.TakeAnswered();
        window.Answered();
    }
}
