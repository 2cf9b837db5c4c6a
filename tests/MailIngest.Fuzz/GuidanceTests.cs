using MailIngest.Fuzz.Driver;
using Xunit;

namespace MailIngest.Fuzz;

/// <summary>The fuzzer itself: it finds what was hidden from chance, says what is slow or large, and takes the same way twice.</summary>
public class GuidanceTests
{
    const long Executions = 600_000;

    [Fact]
    public void Guidance_finds_a_flaw_behind_eight_comparisons()
    {
        using var planted = new PlantedTarget();
        var guided = new Campaign(planted, 1).Run([[0, 0, 0, 0, 0, 0, 0, 0]], Executions);
        TestContext.Current.TestOutputHelper?.WriteLine($"{guided.Edges} edges, {guided.Corpus.Entries.Count} entries, {guided.Took}");
        var finding = Assert.Single(guided.Findings);
        Assert.Equal(FlawKind.Crash, finding.Kind);
        Assert.Contains(PlantedFlaw.Sentence, finding.Sentence);
        Assert.Equal("Never"u8.ToArray(), finding.Input[..5]);
        Assert.Equal(8, finding.Input.Length);
    }

    [Fact]
    public void Without_guidance_it_is_not_found()
    {
        using var planted = new PlantedTarget();
        Assert.Empty(new Campaign(planted, 1, guided: false).Run([[0, 0, 0, 0, 0, 0, 0, 0]], Executions).Findings);
    }

    [Theory]
    [InlineData((byte)'a', FlawKind.Allocation)]
    [InlineData((byte)'s', FlawKind.Hang)]
    internal void What_is_slow_or_large_is_a_finding(byte input, FlawKind kind)
    {
        var judge = new Judge(new WastefulTarget());
        Assert.Null(judge.Execute("x"u8));
        Assert.Equal(kind, judge.Execute([input])?.Kind);
    }

    [Fact]
    public void One_seed_takes_the_same_way_twice()
    {
        Assert.Equal(Way(7), Way(7));
        Assert.NotEqual(Way(7), Way(8));

        static List<string> Way(ulong seed)
        {
            var target = new Targets.MaildropTarget();
            return [.. new Campaign(target, seed).Run(Corpus.Read(target.Name), 5_000)
                .Corpus.Entries.Select(entry => EscapedText.Of(entry.Octets))];
        }
    }

    [Fact]
    public void The_text_of_an_input_reads_back()
    {
        byte[] all = [.. Enumerable.Range(0, 256).Select(octet => (byte)octet)];
        Assert.Equal(all, EscapedText.Read(EscapedText.Of(all)));
        Assert.Equal(" x "u8.ToArray(), EscapedText.Read(EscapedText.Of(" x "u8)));
    }

    /// <summary>The planted flaw, instrumented.</summary>
    sealed class PlantedTarget : Target, IDisposable
    {
        readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mailingest-fuzz-");
        readonly Action<byte[]> _run;

        public PlantedTarget() => _run = Instrumentation.InstrumentedCopy(typeof(PlantedFlaw), _folder.FullName)
            .GetMethod(nameof(PlantedFlaw.Run))!.CreateDelegate<Action<byte[]>>();

        public override string Name => "planted";

        public override int MaxInput => 16;

        public override IReadOnlyList<byte[]> Dictionary => [];

        public override long AllocationLimit(int inputOctets) => 100_000;

        public override void Run(ReadOnlySpan<byte> input) => _run(input.ToArray());

        public void Dispose() => _folder.Delete(recursive: true);
    }

    sealed class WastefulTarget : Target
    {
        public override string Name => "wasteful";

        public override IReadOnlyList<byte[]> Dictionary => [];

        public override long AllocationLimit(int inputOctets) => 100_000;

        public override void Run(ReadOnlySpan<byte> input) => PlantedFlaw.Waste(input.ToArray());
    }
}
