using System.Globalization;
using MailIngest.Benchmarks.Mail;
using MailIngest.Benchmarks.Peers;

namespace MailIngest.Benchmarks.Profiles;

/// <summary>Every profile, by its name on the command line; <c>@60</c> behind a name is a round trip of 60 ms.</summary>
internal static class Catalogue
{
    /// <summary>Without any wish: about five minutes.</summary>
    public static readonly string[] Quick = ["empty", "small", "mixed", "large", "mixed@60", "listing-10k"];

    public const int QuickRuns = 2;

    /// <summary>Everything that has a target.</summary>
    public static readonly string[] Full =
    [
        "empty", "small", "mixed", "large", "small@20", "mixed@60", "small@60", "many@20", "listing-10k", "listing-100k", "listing-1m", "huge", "blobs",
    ];

    /// <summary>Null when there is no such profile.</summary>
    public static Profile? Find(string word)
    {
        var at = word.IndexOf('@', StringComparison.Ordinal);
        var rtt = 0;
        if (at >= 0 && !int.TryParse(word.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out rtt))
            return null;
        Target[] NoTargets() => [];
        return (at < 0 ? word : word[..at]) switch
        {
            "smoke" => new Drain(word, rtt, () => Sizes.Mixed(50), 1, Field.Few) { Runs = 1 },
            "empty" => new Drain(word, rtt, () => [], 1, Field.ForEmpty, rtt == 0 ? [Target.Milliseconds(25)] : NoTargets()) { Runs = 9 },
            "small" => new Drain(word, rtt, () => Sizes.Equal(10_000, 4_096), 1, Field.All, rtt switch
            {
                0 => [Target.Wall(0.3, Mpop.OwnName), Target.Wall(1.6, Floor.SyncsOnce)],
                20 => [Target.Wall(0.1, Mpop.OwnName)],
                60 => [Target.Wall(0.05, Mpop.OwnName)],
                _ => NoTargets(),
            }),
            "mixed" => new Drain(word, rtt, () => Sizes.Mixed(3_000), 1, Field.All, rtt switch
            {
                0 => [Target.Wall(0.6, Mpop.OwnName), Target.Wall(1.3, Floor.SyncsOnce), Target.Processor(1, Mpop.OwnName), Target.Megabytes(40)],
                60 => [Target.Wall(0.16, Mpop.OwnName)],
                _ => NoTargets(),
            }),
            "large" => new Drain(word, rtt, () => Sizes.Equal(8, 50_000_000), 1, Field.All,
                rtt == 0 ? [Target.Wall(0.8, Mpop.OwnName), Target.Wall(1.2, Floor.SyncsEach)] : NoTargets()),
            "huge" => new Drain(word, rtt, () => Sizes.Equal(1, 1 << 30), 1, Field.ForHuge, Target.Megabytes(64)),
            "many" => new Drain(word, rtt, () => Sizes.Mixed(10_000), 500, Field.ForMany,
                rtt == 20 ? [Target.Wall(0.35, Mpop.OwnName), Target.Wall(1.2, Floor.SyncsEach)] : NoTargets()),
            "listing-10k" when rtt == 0 => new Listing(word, 10_000),
            "listing-100k" when rtt == 0 => new Listing(word, 100_000),
            "listing-1m" when rtt == 0 => new Listing(word, 1_000_000, Target.Wall(1.2, Floor.Lists), Target.Megabytes(64)),
            "blobs" when rtt == 0 => new Uploads(word, Target.Rate(0.85, AzureLibrary.OwnName)),
            _ => null,
        };
    }
}
