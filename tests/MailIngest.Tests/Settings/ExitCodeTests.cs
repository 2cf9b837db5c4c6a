using Xunit;

namespace MailIngest.Tests.Settings;

public class ExitCodeTests
{
    [Fact]
    public void No_outcome_at_all_is_success() => Assert.Equal(0, ExitCode.Worst());

    [Theory]
    [InlineData(75, 0, 75)]
    [InlineData(69, 69, 75)]
    [InlineData(77, 69, 77)]
    [InlineData(64, 77, 64)]
    [InlineData(78, 64, 78)]
    [InlineData(73, 78, 73)]
    [InlineData(70, 73, 70)]
    public void The_more_severe_of_two_outcomes_wins_in_either_order(int worst, int one, int other)
    {
        Assert.Equal(worst, ExitCode.Worst(one, other));
        Assert.Equal(worst, ExitCode.Worst(other, one));
    }

    [Fact]
    public void A_code_that_is_not_ours_is_a_bug() => Assert.Throws<ArgumentOutOfRangeException>(() => ExitCode.Worst(0, 1));
}
