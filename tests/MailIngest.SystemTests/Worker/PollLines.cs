extern alias worker;

using System.Globalization;
using System.Text.RegularExpressions;
using worker::MailIngest.Auditing;
using worker::MailIngest.Polling;
using Xunit;

namespace MailIngest.SystemTests.Worker;

/// <summary>The lines in which a worker gives its polls' account: whoever reads one can add it up.</summary>
internal static partial class PollLines
{
    /// <summary>Fails when the account of one poll does not add up.</summary>
    /// <returns>How many accounts there were.</returns>
    public static int AssertBalanced(string output)
    {
        var history = new History();
        foreach (Match line in Line().Matches(output))
            history.Add(new HistoryEvent.Polled(Counts(line)));
        Assert.Empty(history.Violations);
        return (int)history.Events;
    }

    static PollCounts Counts(Match line)
    {
        int Of(int group) => int.Parse(line.Groups[group].Value, CultureInfo.InvariantCulture);
        return new()
        {
            Listed = Of(1), Fetched = Of(2), StoredEarlier = Of(3), Skipped = Of(4), Quarantined = Of(5), Failed = Of(6), Left = Of(7),
        };
    }

    [GeneratedRegex(@"listed (\d+) = fetched (\d+) \+ stored earlier (\d+) \+ skipped (\d+) "
        + @"\+ quarantined (\d+) \+ failed (\d+) \+ left (\d+);")]
    private static partial Regex Line();
}
