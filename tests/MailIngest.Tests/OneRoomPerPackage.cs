using System.Text.RegularExpressions;
using Xunit;

namespace MailIngest.Tests;

/// <summary>Where each package may be named, and which rooms of the worker may name which: the architecture, as a test.</summary>
public partial class OneRoomPerPackage
{
    static readonly Dictionary<string, string[]> Rooms = new()
    {
        ["Quartz"] = ["Polling/PollJob.cs", "Polling/PollSchedule.cs"],
        ["Polly"] = ["Polling/Retries.cs"],
        ["Azure"] = ["Blobs/", "Tokens/EntraGrant.cs"],
        ["Duende"] = ["Tokens/TokenEndpoint.cs"],
        ["Microsoft.Data.Sqlite"] = ["Ledger/"],
        ["Serilog"] = ["Logging.cs"],
        ["Microsoft.AspNetCore"] = ["Web/StatusServer.cs"],
        ["OpenTelemetry"] = ["Telemetry/OtlpPush.cs"],
        ["System.CommandLine"] = ["Commands/CommandLine."],
        ["System.IO.Hashing"] = ["Settings/ConfigDocument.cs", "Mailboxes/KnownFile.cs"],
    };

    static readonly Dictionary<string, string[]> MayKnow = new()
    {
        ["Messages"] = [],
        ["Blobs"] = ["Messages", "Telemetry"],
        ["Ledger"] = [],
        ["Settings"] = [],
        ["Tokens"] = ["Blobs", "Settings"], // Blobs: the system calls that make a file durable
        ["Mailboxes"] = ["Settings", "Tokens"],
        ["Demo"] = [],
        ["Telemetry"] = [],
        ["Auditing"] = ["Blobs", "Ledger", "Mailboxes", "Polling"],
        ["Status"] = ["Ledger", "Mailboxes", "Settings", "Telemetry"],
        ["Web"] = ["Status", "Settings", "Telemetry"],
        ["Polling"] = ["Messages", "Blobs", "Ledger", "Settings", "Mailboxes", "Telemetry", "Tokens"],
    };

    [Fact]
    public void Each_package_is_named_in_its_own_room_only() =>
        Assert.Empty(from file in Sources("MailIngest")
                     from used in file.Usings
                     from room in Rooms
                     where (used == room.Key || used.StartsWith(room.Key + ".", StringComparison.Ordinal))
                         && !room.Value.Any(file.Path.StartsWith)
                     select $"{file.Path} uses {used}");

    [Fact]
    public void Rooms_of_the_worker_know_only_what_they_may() =>
        Assert.Empty(from file in Sources("MailIngest")
                     let home = file.Path.Split('/')[0]
                     where MayKnow.ContainsKey(home)
                     from used in file.Usings
                     where used.StartsWith("MailIngest.", StringComparison.Ordinal)
                         && !used.StartsWith("MailIngest.Pop3", StringComparison.Ordinal)
                     let room = used.Split('.')[1]
                     where room != home && !MayKnow[home].Contains(room)
                     select $"{file.Path} uses {used}");

    [Fact]
    public void The_wire_names_nothing_but_the_base_class_library() =>
        Assert.Empty(from file in Sources("MailIngest.Pop3")
                     from used in file.Usings
                     where !used.StartsWith("System", StringComparison.Ordinal)
                         && !used.StartsWith("MailIngest.Pop3", StringComparison.Ordinal)
                     select $"{file.Path} uses {used}");

    static List<(string Path, List<string> Usings)> Sources(string project)
    {
        var folder = Path.Combine(Root(), "src", project);
        return [.. Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Select(file => (Path: Path.GetRelativePath(folder, file).Replace('\\', '/'), File: file))
            .Where(file => !file.Path.StartsWith("bin/", StringComparison.Ordinal)
                && !file.Path.StartsWith("obj/", StringComparison.Ordinal))
            .Select(file => (file.Path, Using().Matches(File.ReadAllText(file.File)).Select(match => match.Groups[1].Value).ToList()))];
    }

    static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "MailIngest.sln")))
            folder = Path.GetDirectoryName(folder)
                ?? throw new DirectoryNotFoundException("MailIngest.sln is in no folder above the tests.");
        return folder;
    }

    [GeneratedRegex(@"^using (?:static )?(?:\w+ = )?([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Using();
}
