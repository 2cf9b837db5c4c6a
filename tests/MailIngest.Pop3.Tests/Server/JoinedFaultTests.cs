using MailIngest.Pop3.Server;
using Xunit;

namespace MailIngest.Pop3.Tests.Server;

/// <summary>Two faults that strike at one command.</summary>
public sealed class JoinedFaultTests
{
    static readonly Fault Everything = new()
    {
        Name = "all",
        Instead = "-ERR",
        Before = "<",
        After = ">",
        Extra = "+",
        End = ConnectionEnd.Reset,
        EndAt = 7,
        Dribble = 3,
        ForgetsFirstDot = true,
        Rows = rows => [.. rows.Skip(1)],
        Body = _ => [1],
        Update = _ => new([]),
        RemovesAtOnce = true,
        SharesMaildrop = true,
        Occurrence = 2,
    };

    [Fact]
    public void With_honest_service_a_fault_stays_what_it_is()
    {
        Assert.Equal(Everything with { Name = "all, " }, Everything.And(Fault.None));
        Assert.Equal(Everything, Fault.None.And(Everything));
        Assert.Equal(Fault.None, Fault.None.And(Fault.None));
    }

    [Fact]
    public void Two_faults_add_up_and_where_they_contradict_the_later_one_counts()
    {
        var later = new Fault
        {
            Name = "later",
            Instead = "+OK",
            Before = "(",
            After = ")",
            Extra = "-",
            End = ConnectionEnd.Cut,
            EndAt = 9,
            Dribble = 5,
            Rows = rows => [.. rows.Skip(1)],
            Body = _ => [2],
            Occurrence = 1,
        };
        var both = Everything.And(later);
        Assert.Equal(("all, later", "+OK", "<(", ">)", "+-"), (both.Name, both.Instead, both.Before, both.After, both.Extra));
        Assert.Equal((ConnectionEnd.Cut, 9L, 5, 2), (both.End!.Value, both.EndAt, both.Dribble, both.Occurrence));
        Assert.Equal([new ListingRow(3, "c")], both.Rows!([new(1, "a"), new(2, "b"), new(3, "c")]));
        Assert.Equal(later.Body, both.Body);
        Assert.Equal(Everything.Update, both.Update);
        Assert.True(both.ForgetsFirstDot && both.RemovesAtOnce && both.SharesMaildrop);
    }
}
