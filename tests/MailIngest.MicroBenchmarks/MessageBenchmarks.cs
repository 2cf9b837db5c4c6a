using System.Text;
using BenchmarkDotNet.Attributes;
using MailIngest.Pop3;

namespace MailIngest.MicroBenchmarks;

/// <summary>A message of 1 MB from the wire: byte-stuffing undone, its end found.</summary>
public class MessageBenchmarks
{
    const int Octets = 1_000_000;

    readonly byte[] _buffer = new byte[64 * 1024];
    byte[] _text = [];
    MaildropSession? _session;

    /// <summary>Every so-many-th line begins with a dot, which the server doubles; 0: none does, as in base64.</summary>
    [Params(0, 20)]
    public int DottedLine { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var text = new StringBuilder();
        for (var line = 1; text.Length < Octets; line++)
            text.Append(DottedLine > 0 && line % DottedLine == 0 ? ".." : "").Append('x', 74).Append("\r\n");
        _text = Encoding.ASCII.GetBytes(text + ".\r\n");
        _session = MemoryMaildrop.Open([.. "+OK\r\n"u8, .. _text]);
    }

    [Benchmark]
    public int Unstuff()
    {
        var unstuffer = new DotUnstuffer();
        var octets = 0;
        for (var rest = _text.AsSpan(); !unstuffer.Ended;)
        {
            unstuffer.Decode(rest, _buffer, out var consumed, out var written);
            octets += written;
            rest = rest[consumed..];
        }
        return octets;
    }

    [Benchmark]
    public async Task<long> Retrieve()
    {
        var octets = 0L;
        await foreach (var message in _session!.RetrieveAsync([new ScanListing(1, Octets)], default, default))
            for (var read = -1; read != 0; octets += read)
                read = await message.Content.ReadAsync(_buffer);
        return octets;
    }
}
