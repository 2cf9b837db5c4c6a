using System.Globalization;
using MailIngest.Benchmarks.Mail;
using MailIngest.Benchmarks.Measuring;

namespace MailIngest.Benchmarks.Peers;

/// <summary>What no program can do without: a C program of one page that reads everything as fast as it comes, and remembers nothing.</summary>
/// <param name="tools">Where it is.</param>
/// <param name="name">In the table.</param>
/// <param name="mode">What becomes of the messages, and when it reaches the disk; the head of floor.c explains.</param>
internal sealed class Floor(NativeTools tools, string name, string mode) : Peer(name)
{
    public const string Discards = "floor: discard";
    public const string WritesFiles = "floor: files";
    public const string SyncsEach = "floor: fsync each";
    public const string SyncsOnce = "floor: one syncfs";
    public const string Lists = "floor: UIDL";
    public const string LooksAround = "floor: STAT";

    const int Connections = 64;

    bool WritesNothing => mode is "discard" or "uidl" or "empty";

    public static Floor Discard(NativeTools tools) => new(tools, Discards, "discard");

    public static Floor Files(NativeTools tools) => new(tools, WritesFiles, "files");

    public static Floor SyncEach(NativeTools tools) => new(tools, SyncsEach, "fsync");

    public static Floor SyncOnce(NativeTools tools) => new(tools, SyncsOnce, "syncfs");

    public static Floor Listing(NativeTools tools) => new(tools, Lists, "uidl");

    public static Floor Empty(NativeTools tools) => new(tools, LooksAround, "empty");

    public override IReadOnlyList<string> Prepare(Errand errand)
    {
        List<string> command = [tools.Floor, "--port", errand.Port.ToString(CultureInfo.InvariantCulture), "--" + mode];
        if (!WritesNothing)
            command.Add(errand.In("mail"));
        if (errand.Boxes is [var only])
            return [.. command, "--user", only.User, "--password", only.Password];
        return [.. command, "--mailboxes", errand.Accounts(), "--connections", Connections.ToString(CultureInfo.InvariantCulture)];
    }

    /// <summary>Where it keeps no files, by what it says: "messages=… octets=… wall_s=…".</summary>
    public override void Check(Errand errand, string output)
    {
        if (!WritesNothing)
        {
            base.Check(errand, output);
            return;
        }
        var said = output.Split(' ');
        var octets = mode == "discard" ? errand.Messages.Sum(message => message.WireOctets) : 0;
        if (said[0] != FormattableString.Invariant($"messages={errand.Listed}") || said[1] != FormattableString.Invariant($"octets={octets}"))
            throw new InvalidDataException($"{Name} was to read {errand.Listed} messages, {octets} octets; it said {output}");
    }

    protected override IEnumerable<string> Files(Errand errand) => Maildir(errand.In("mail"));

    protected override string Expected(SampleMessage message) => message.WireHash;
}
