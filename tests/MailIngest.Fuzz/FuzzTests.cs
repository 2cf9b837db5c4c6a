using MailIngest.Fuzz.Driver;
using MailIngest.Fuzz.Targets;
using Xunit;

namespace MailIngest.Fuzz;

/// <summary>Every target: what the corpus holds passes, and a search finds nothing.</summary>
public class FuzzTests(ITestOutputHelper output)
{
    /// <summary>What continuous integration searches: the same way every time, and about half a minute.</summary>
    const long Short = 250_000;

    const long Full = 10_200_000;

    public static TheoryData<string> Names => [.. AllTargets.New().Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_input_of_the_corpus_passes_every_oracle(string name)
    {
        var target = AllTargets.New().Single(target => target.Name == name);
        var judge = new Judge(target);
        var inputs = Corpus.Read(name).ToList();
        Assert.NotEmpty(inputs);
        Assert.All(inputs, input => Assert.Null(judge.Execute(input)?.ToString()));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_corpus_is_small(string name) => Assert.InRange(Corpus.Read(name).Count(), 1, 400);

    [Fact]
    public void A_short_search_finds_nothing() => Search(Short);

    [Fact]
    [Trait("Length", "Full")]
    public void Ten_million_executions_find_nothing() => Search(Full);

    void Search(long executions)
    {
        var run = new FuzzRun(output.WriteLine);
        run.Search(AllTargets.New(), executions, seed: 1);
        Assert.Empty(run.Findings);
        Assert.True(run.Executions >= executions);
        Assert.True(run.FewestEdges > 50, "a target is not instrumented");
    }
}
