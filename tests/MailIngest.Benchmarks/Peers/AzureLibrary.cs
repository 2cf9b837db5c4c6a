using System.Globalization;
using System.Text.RegularExpressions;
using MailIngest.Benchmarks.Mail;
using MailIngest.Benchmarks.Measuring;

namespace MailIngest.Benchmarks.Peers;

/// <summary>Azure.Storage.Blobs alone, eight requests at once: bodies from memory, no POP3, nothing remembered. It is warmed up first.</summary>
internal sealed partial class AzureLibrary(string program, int messages, int octets) : Peer(AzureLibrary.OwnName)
{
    public const string OwnName = "Azure.Storage.Blobs alone";

    const int AtOnce = 8;

    /// <summary>So many uploads come first and are not counted: the library's own rate is that of compiled code.</summary>
    public const int WarmUp = 2_000;

    public override IReadOnlyList<string> Prepare(Errand errand) =>
        ["dotnet", program, "azure", Text(errand.BlobPort), Text(messages), Text(octets), Text(AtOnce), Text(WarmUp)];

    /// <summary>What it says itself, "wall_s=… cpu_s=…", which is without the warming up.</summary>
    public override Cost CostOf(Cost whole, string output)
    {
        var said = Said().Match(output);
        return whole with { Wall = Number(said.Groups[1].Value), Processor = Number(said.Groups[2].Value) };
    }

    protected override string Expected(SampleMessage message) => message.WireHash;

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"wall_s=(\S+) cpu_s=(\S+)")]
    private static partial Regex Said();
}
