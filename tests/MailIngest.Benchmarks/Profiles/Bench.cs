using System.Globalization;
using MailIngest.Benchmarks.Measuring;
using MailIngest.Benchmarks.Peers;
using MailIngest.SystemTests.Servers;

namespace MailIngest.Benchmarks.Profiles;

/// <summary>What the profiles share: the server, the tools, the wishes of the command line, and a folder for everything.</summary>
internal sealed class Bench(Options options, DovecotServer server, string folder)
{
    int _folders;

    public Options Options => options;

    public DovecotServer Server => server;

    public NativeTools Tools { get; } = new(options.Natives);

    public Measurement Measurement { get; } = new(new NativeTools(options.Natives));

    public static void Say(FormattableString line) => Console.Error.WriteLine(FormattableString.Invariant(line));

    public bool IsChosen(Peer peer) =>
        options.Only.Count == 0 || options.Only.Any(word => peer.Name.StartsWith(word, StringComparison.OrdinalIgnoreCase));

    /// <summary>A new folder on the disk that is measured.</summary>
    public string NewFolder()
    {
        var made = Path.Combine(folder, (++_folders).ToString(CultureInfo.InvariantCulture));
        // Peers that change their user have to get there.
        return Directory.CreateDirectory(made, (UnixFileMode)0b111_101_101).FullName;
    }

    /// <summary>Between two profiles: ext4 is slow to create files where others were deleted within the last five seconds.</summary>
    public async Task ClearAsync(CancellationToken stop)
    {
        foreach (var old in Directory.EnumerateDirectories(folder))
            Directory.Delete(old, recursive: true);
        await Task.Delay(TimeSpan.FromSeconds(6), stop);
    }
}
