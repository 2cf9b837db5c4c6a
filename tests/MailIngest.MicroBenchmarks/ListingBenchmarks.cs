using System.Globalization;
using System.Text;
using BenchmarkDotNet.Attributes;
using MailIngest.Pop3;

namespace MailIngest.MicroBenchmarks;

/// <summary>STAT, LIST and UIDL of a large maildrop.</summary>
public class ListingBenchmarks
{
    MaildropSession? _session;

    [Params(1_000, 100_000)]
    public int Messages { get; set; }

    [GlobalSetup]
    public void Setup() => _session = MemoryMaildrop.Open(
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"+OK {Messages} {Messages * 4_096L}\r\n")),
        Lines(number => string.Create(CultureInfo.InvariantCulture, $"{number} 4096")),
        Lines(number => string.Create(CultureInfo.InvariantCulture, $"{number} {number:x8}5b3a1f0c")));

    [Benchmark]
    public async Task<int> List() => (await _session!.ListMaildropAsync(default)).Messages.Count;

    byte[] Lines(Func<int, string> line)
    {
        var text = new StringBuilder("+OK\r\n");
        for (var number = 1; number <= Messages; number++)
            text.Append(line(number)).Append("\r\n");
        return Encoding.ASCII.GetBytes(text + ".\r\n");
    }
}
