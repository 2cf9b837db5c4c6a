using System.Globalization;
using MailIngest.Benchmarks.Profiles;

namespace MailIngest.Benchmarks;

/// <summary>The command line.</summary>
internal sealed record Options
{
    public const string Usage = """
        Usage: run.sh [PROFILE[@RTT]...] [--full] [--all-peers] [--runs N] [--only NAME[,NAME...]] [--page FILE]

          PROFILE       empty, small, mixed, large, many, huge, listing-10k, listing-100k, listing-1m, blobs, smoke;
                        @20 is a round trip of 20 ms. Without any: a share of them that takes about five minutes
          --full        every profile that has a target: about an hour
          --all-peers   also fetchmail, getmail6 and MailKit one by one, with few messages where they are slow
          --runs N      instead of the profile's own number
          --only NAMES  only these rows, by the beginning of their names
          --page FILE   writes the page there; without profiles on the command line it is docs/benchmarks.md
        """;

    public IReadOnlyList<Profile> Profiles { get; private init; } = [];
    public bool AllPeers { get; private init; }
    public int? Runs { get; private init; }
    public IReadOnlyList<string> Only { get; private init; } = [];
    public string? Page { get; private init; }

    /// <summary>The native MailIngest; run.sh names it, as it does the next two.</summary>
    public string Worker { get; private init; } = "";

    /// <summary>The folder of the C programs.</summary>
    public string Natives { get; private init; } = "";

    /// <summary>The program with the peers that are libraries.</summary>
    public string Libraries { get; private init; } = "";

    /// <summary>Null when the command line is wrong.</summary>
    public static Options? Parse(IReadOnlyList<string> words, string defaultPage)
    {
        var options = new Options();
        var (profiles, full) = (new List<Profile>(), false);
        for (var at = 0; at < words.Count; at++)
        {
            var word = words[at];
            if (word is "--full" or "--all-peers")
            {
                (full, options) = (full || word == "--full", options with { AllPeers = options.AllPeers || word == "--all-peers" });
                continue;
            }
            if (!word.StartsWith('-'))
            {
                if (Catalogue.Find(word) is not { } profile)
                    return null;
                profiles.Add(profile);
                continue;
            }
            if (++at == words.Count || options.With(word, words[at]) is not { } next)
                return null;
            options = next;
        }
        if (profiles.Count == 0)
            options = options with { Page = options.Page ?? defaultPage };
        else if (full)
            return null;
        string[] standard = full ? Catalogue.Full : Catalogue.Quick;
        return options with { Profiles = profiles.Count > 0 ? profiles : [.. standard.Select(name => Catalogue.Find(name)!)] };
    }

    Options? With(string key, string value) => key switch
    {
        "--runs" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var runs) && runs > 0 => this with { Runs = runs },
        "--only" => this with { Only = value.Split(',') },
        "--page" => this with { Page = value },
        "--worker" => this with { Worker = value },
        "--natives" => this with { Natives = value },
        "--libraries" => this with { Libraries = value },
        _ => null,
    };
}
