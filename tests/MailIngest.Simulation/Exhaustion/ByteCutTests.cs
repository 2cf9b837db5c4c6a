using MailIngest.Simulation.Wire;
using Xunit;

namespace MailIngest.Simulation.Exhaustion;

/// <summary>The octets of the canonical session, of either side: cut after every single one, in every way that a connection can end,
/// in three kinds of pieces.</summary>
[Collection(Exhausting.Name)]
public class ByteCutTests(ITestOutputHelper output)
{
    static readonly Chunking[] _s_chunks = [Chunking.Whole, Chunking.OneOctet, Chunking.InsideEnds];

    [Fact]
    public void A_pipelined_session_may_be_cut_after_every_octet() => Sweep(pipelining: true);

    [Fact]
    [Trait("Length", "Full")]
    public void A_session_in_lock_step_may_be_cut_after_every_octet() => Sweep(pipelining: false);

    void Sweep(bool pipelining)
    {
        var points = new List<CutPoint>();
        foreach (var chunks in _s_chunks)
        {
            var clean = new CutPoint(pipelining, chunks, null).Run();
            Assert.Null(clean.Complaint);
            foreach (var (fromServer, octets) in ((bool, long)[])[(true, clean.ByServer), (false, clean.ByClient)])
                for (var after = 0L; after <= octets; after++)
                    foreach (var how in Enum.GetValues<WireEnd>())
                        points.Add(new(pipelining, chunks, new WireCut(1, fromServer, after, how)));
        }

        var coverage = new Coverage("bytes");
        var elapsed = Crew.Run(points, point =>
        {
            var result = point.Run();
            coverage.Add($"{(point.Cut!.FromServer ? "server's" : "worker's")} octets, {point.Chunks}", result.Struck, result.Complaint);
        });
        output.WriteLine(coverage.Summary(elapsed));
        coverage.Judge();
    }
}
