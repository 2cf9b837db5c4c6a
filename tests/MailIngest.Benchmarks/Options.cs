using System.Globalization;
using MailIngest.Benchmarks.Profiles;

namespace MailIngest.Benchmarks;

/// <summary>The command line.</summary>
internal sealed record Options
{
    public IReadOnlyList<Profile> Profiles { get; private init; } = [];
    public bool AllPeers { get; private init; }
    public bool Hurry { get; private init; }
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
            if (word == "--full")
                full = true;
            else if (word == "--all-peers")
                options = options with { AllPeers = true };
            else if (word == "--hurry")
                options = options with { Hurry = true };
            else if (!word.StartsWith('-') && Catalogue.Find(word) is { } profile)
                profiles.Add(profile);
            else if (word.StartsWith('-') && ++at < words.Count && options.With(word, words[at]) is { } next)
                options = next;
            else
                return null;
        }
        if (profiles.Count > 0)
            return full ? null : options with { Profiles = profiles };
        return options with
        {
            Profiles = [.. (full ? Catalogue.Full : Catalogue.Quick).Select(name => Catalogue.Find(name)!)],
            Runs = options.Runs ?? (full ? null : Catalogue.QuickRuns),
            Page = options.Page ?? defaultPage,
        };
    }

    Options? With(string key, string value) => key switch
    {
        "--runs" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var runs) && runs > 0 => this with { Runs = runs },
        "--only" => this with { Only = value.Split(',') },
        "--page" => this with { Page = Path.GetFullPath(value) },
        "--worker" => this with { Worker = Path.GetFullPath(value) },
        "--natives" => this with { Natives = Path.GetFullPath(value) },
        "--libraries" => this with { Libraries = Path.GetFullPath(value) },
        _ => null,
    };
}
