using System.Globalization;

namespace MailIngest.SystemTests.Faults;

/// <summary>One call of the C library on a file or socket of the worker.</summary>
/// <param name="Name">The call, "fsync".</param>
/// <param name="Object">What it was about: a path below the worker's folder, in which GUIDs and hashes are "*", or a server's name.</param>
/// <param name="Result">What it returned, "-5" for the error 5, or "killed".</param>
internal sealed record LibraryCall(string Name, string Object, string Result)
{
    static readonly string[] Sockets = ["pop3", "azurite", "socket"];
    static readonly string[] Streams = ["stdout", "stderr"];

    /// <summary>It is about a file of the worker's own.</summary>
    public bool IsOnFile => !Sockets.Contains(Object) && !Streams.Contains(Object);

    public bool IsOnSocket => Sockets.Contains(Object);

    public static LibraryCall Parse(string line)
    {
        var words = line.Split(' ');
        return new(words[0], words[1], words[3]);
    }

    /// <summary>Where a fault can be put, as many points as there are calls: the n-th of this name on this object.</summary>
    public static IReadOnlyList<Point> Points(IEnumerable<LibraryCall> calls)
    {
        var seen = new Dictionary<(string, string), int>();
        return [.. calls.Select(call => (call.Name, call.Object))
            .Select(kind => new Point(kind.Name, kind.Object, seen[kind] = seen.GetValueOrDefault(kind) + 1))];
    }
}

/// <summary>A place in a run: the n-th call of this name on this object. Threads may come to their calls in another order in each run; each
/// finds its own.</summary>
internal sealed record Point(string Call, string Object, int Occurrence)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Call} {Object} #{Occurrence}");
}
