using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Xunit;

namespace MailIngest.Tests.Incidents;

/// <summary>Ways in which mail fetchers have lost or multiplied the mail of real people: each has its test, here or as a process.</summary>
public partial class EveryIncident
{
    const int Incidents = 31;

    [Fact]
    public void Each_incident_has_its_test_that_is_named_after_what_the_user_saw()
    {
        var tests = Path.GetFullPath(Path.Combine(Folder(), "..", ".."));
        var tested = new[] { "MailIngest.Tests", "MailIngest.SystemTests" }
            .SelectMany(project => Directory.EnumerateFiles(Path.Combine(tests, project, "Incidents"), "*.cs"))
            .SelectMany(file => Trait().Matches(File.ReadAllText(file)))
            .Select(trait => (Source: trait.Groups["source"].Value, Trait: trait.Groups["trait"].Value))
            .ToList();

        Assert.All(tested, incident => Assert.Equal(incident.Source, incident.Trait));
        Assert.Equal(Enumerable.Range(1, Incidents), tested.Select(incident => int.Parse(incident.Trait, CultureInfo.InvariantCulture))
            .Distinct().Order());
    }

    static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;

    /// <summary>The line that names the source, and the trait below it.</summary>
    [GeneratedRegex(@"// (?<source>\d+): [^\n]+\n +\[[^\n]*Trait\(""Incident"", ""(?<trait>\d+)""\)")]
    private static partial Regex Trait();
}
