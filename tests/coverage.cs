#:property PublishAot=false
#:property RestorePackagesWithLockFile=false

// Reads what coverlet measured in each test project, adds it up for each room, and prints what no test takes.

using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

const double Target = 95;
string[] rooms = ["Polling", "Ledger", "Blobs", "MailIngest.Pop3"];

var reports = Directory.GetFiles(args[0], "*.json", SearchOption.AllDirectories);
if (reports.Length == 0) return Fail($"There is no measurement in {args[0]}.");

var branches = reports.SelectMany(Read)
    .GroupBy(branch => branch with { IsTaken = false })
    .Select(same => same.Key with { IsTaken = same.Any(branch => branch.IsTaken) })
    .ToList();
var left = branches.Where(branch => !branch.IsTaken).GroupBy(branch => (branch.File, branch.Method))
    .ToDictionary(method => method.Key, method => method.OrderBy(branch => branch.Line).ToList());
var reasons = File.ReadLines("tests/coverage-left.txt").Where(line => line.Length > 0 && line[0] != '#').Select(Reason.Parse).ToList();

Console.WriteLine();
Console.WriteLine("Not taken:");
var unexplained = 0;
foreach (var ((file, method), missed) in left.OrderBy(method => method.Key))
{
    var listed = reasons.Where(reason => reason.File == file && reason.Method == method).ToList();
    var isExplained = missed.Count <= listed.Sum(reason => reason.Count);
    unexplained += isExplained ? 0 : missed.Count;
    Console.WriteLine($"  {file} {method}{(isExplained ? "" : $": {missed.Count} left, {listed.Sum(reason => reason.Count)} LISTED")}");
    foreach (var line in missed.GroupBy(branch => branch.Line))
    {
        var all = branches.Count(branch => branch.File == file && branch.Line == line.Key && branch.Method == method);
        Console.WriteLine($"      line {line.Key}, {line.Count()} of {all}: {Source(file, line.Key)}");
    }
    foreach (var reason in listed)
        Console.WriteLine($"      because {reason.Text}");
}

var stale = reasons.GroupBy(reason => (reason.File, reason.Method))
    .Where(method => method.Sum(reason => reason.Count) > (left.TryGetValue(method.Key, out var missed) ? missed.Count : 0))
    .SelectMany(method => method).ToList();
foreach (var reason in stale)
    Console.WriteLine($"  STALE in coverage-left.txt, taken by now: {reason.File} {reason.Method} {reason.Count}");

Console.WriteLine();
Console.WriteLine($"{"room",-16} {"branches",9} {"covered",9} {"percent",9} {"left",6}");
var summary = new List<string>();
var isBelow = false;
foreach (var room in rooms)
{
    var here = branches.Where(branch => branch.File.StartsWith(room + "/", StringComparison.Ordinal)).ToList();
    var taken = here.Count(branch => branch.IsTaken);
    var percent = here.Count == 0 ? 0 : 100.0 * taken / here.Count;
    isBelow |= percent < Target;
    Console.WriteLine($"{room,-16} {here.Count,9} {taken,9} {percent,7:0.0} % {here.Count - taken,6}");
    summary.Add($"{room} {percent:0.0} %");
}
Console.WriteLine();
Console.WriteLine($"{string.Join(", ", summary)}: {(isBelow ? "NOT " : "")}at least {Target} %");
Console.WriteLine(unexplained == 0
    ? "Each branch that is left has its reason."
    : $"{unexplained} branches are left WITHOUT a reason in coverage-left.txt.");
return isBelow || unexplained > 0 ? 1 : 0;

IEnumerable<Branch> Read(string report) =>
    from module in JsonNode.Parse(File.ReadAllText(report))!.AsObject()
    from document in module.Value!.AsObject()
    let file = InRoom(document.Key)
    where rooms.Any(room => file.StartsWith(room + "/", StringComparison.Ordinal))
    from type in document.Value!.AsObject()
    from method in type.Value!.AsObject()
    from branch in method.Value!["Branches"]!.AsArray()
    select new Branch(file, Named(type.Key, method.Key), (int)branch["Line"]!, method.Key, (int)branch["Offset"]!, (int)branch["Path"]!,
        (int)branch["Hits"]! > 0);

// "…/src/MailIngest/Polling/X.cs" is "Polling/X.cs".
static string InRoom(string path)
{
    var file = path[(path.LastIndexOf("/src/", StringComparison.Ordinal) + "/src/".Length)..];
    return file.StartsWith("MailIngest/", StringComparison.Ordinal) ? file["MailIngest/".Length..] : file;
}

static string Source(string file, int line) =>
    File.ReadLines(File.Exists($"src/{file}") ? $"src/{file}" : $"src/MailIngest/{file}").ElementAtOrDefault(line - 1)?.Trim() ?? "";

// The method as it is written: of "Type/<RunAsync>d__3" and "Type::<RunAsync>b__0" that is RunAsync, of "get_Name" it is Name.
static string Named(string type, string method)
{
    var name = Regex.Match(method, @"::(.+?)\(").Groups[1].Value;
    var written = Regex.Matches($"{type}/{name}", @"<([\w.]+)>");
    if (written.Count > 0) name = written[0].Groups[1].Value;
    name = Regex.Replace(name, "^(get|set|init|add|remove)_", "");
    return name is ".ctor" or ".cctor" ? "constructor" : name.Split('.')[^1];
}

static int Fail(string what)
{
    Console.Error.WriteLine(what);
    return 1;
}

sealed record Branch(string File, string Method, int Line, string Signature, int Offset, int Path, bool IsTaken);

sealed record Reason(string File, string Method, int Count, string Text)
{
    public static Reason Parse(string line) =>
        Regex.Match(line, @"^(\S+) (\S+) (\d+): (.+)$") is { Success: true } match
            ? new(match.Groups[1].Value, match.Groups[2].Value, int.Parse(match.Groups[3].Value), match.Groups[4].Value)
            : throw new FormatException($"""coverage-left.txt: "{line}" is not "file method count: reason".""");
}
