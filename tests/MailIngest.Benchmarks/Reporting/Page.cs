using System.Globalization;
using System.Text;
using MailIngest.Benchmarks.Profiles;

namespace MailIngest.Benchmarks.Reporting;

/// <summary>What a reader sees: on the terminal table by table, in the documentation all of them.</summary>
internal sealed class Page(Machine machine, string versions)
{
    /// <summary>What a reader must know when <see cref="Measuring.Disk.IsSlow"/>.</summary>
    public const string SlowDisk =
        "Files were slow to create, probably because many had just been deleted on the same file system: the figures of those who write files are too high.";

    readonly List<Table> _tables = [];

    public void Add(Table table) => _tables.Add(table);

    /// <summary>All targets of all tables so far: those that could be measured.</summary>
    public bool MeetsEverything =>
        _tables.All(table => table.Profile.Targets.All(target => target.Measure(table) is not { } measured || target.IsMetBy(measured)));

    /// <summary>One profile: its table, and its targets below.</summary>
    public static string Section(Table table)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"### {table.Profile.Name}\n\n{table.Work}; {Runs(table)}.\n\n");
        text.Append(Grid(["program", "wall s", "least", "CPU s", "peak MB", "wall, MailIngest = 1"], [.. table.Rows.Select(row => Cells(row, table))]));
        foreach (var row in table.Rows.Where(row => row.Share is not null))
            text.Append(CultureInfo.InvariantCulture, $"\n{row.Peer}: measured with {row.Share} messages, and multiplied.\n");
        if (table.Profile.Targets.Count > 0)
            text.Append('\n').Append(Grid(["target", "measured", "result"], [.. table.Profile.Targets.Select(target => Cells(target, table))]));
        return text.ToString();
    }

    public string Text(bool diskIsSlow)
    {
        var text = new StringBuilder($"""
            # How fast MailIngest is

            Written by `tests/MailIngest.Benchmarks/run.sh`, which installs what it compares with, measures, checks every message of every run, and
            replaces this page: every figure below is from one run of that command.

            {machine}

            {versions}

            ## How to read it

            Each program takes all messages of a maildrop from a real Dovecot on the same machine, stores them, and has the server delete them. The
            programs take turns (A B C A B C), so that what disturbs the machine disturbs all of them; the figures are medians, with the least beside.
            *CPU* is user and system time of the program and all that it started, *peak* the resident memory of its largest process in its worst run. A
            *round trip* of 60 ms comes from a proxy that delays every octet by 30 ms each way; it has no slow start, loss or bandwidth, so that real links
            are slower for everybody. After each run every stored message is compared with what was sent (SHA-256), and the maildrop has to be empty.

            Which of them are durable: MailIngest has synced each message, and its ledger's row, before it asks the server to delete it. mpop and getmail6
            sync each message. fetchmail and MailKit sync nothing. The *floors* are a C program that does only what cannot be left out: it reads
            everything as fast as it comes (with as many requests ahead as there are messages) and throws it away, writes it to files, syncs each file, or
            syncs the file system once at the end. It checks nothing and remembers nothing.


            """.Replace("\r", "", StringComparison.Ordinal));
        if (diskIsSlow)
            text.Append("**").Append(SlowDisk).Append("**\n\n");
        text.Append("## Targets\n\n").Append(Grid(["work", "target", "measured", "result"],
            [.. _tables.SelectMany(table => table.Profile.Targets.Select(target => (string[])[table.Profile.Name, .. Cells(target, table)]))]));
        text.Append("\n## Measured\n");
        foreach (var table in _tables)
            text.Append('\n').Append(Section(table));
        return text.ToString();
    }

    static string Runs(Table table) => table.Rows.Select(row => row.Runs.Count).DefaultIfEmpty().Max() is var runs and not 1
        ? FormattableString.Invariant($"median of {runs} runs")
        : "one run";

    static string[] Cells(Row row, Table table) =>
    [
        row.Share is null ? row.Peer : row.Peer + " *",
        Figure($"{row.Median(cost => cost.Wall):0.000}"),
        Figure($"{row.Least(cost => cost.Wall):0.000}"),
        Figure($"{row.Median(cost => cost.Processor):0.00}"),
        Figure($"{row.Most(cost => cost.PeakMegabytes):0}"),
        table.Find(Peers.Worker.OwnName) is { } own ? Figure($"{row.Median(cost => cost.Wall) / own.Median(cost => cost.Wall):0.00}") : "",
    ];

    static string[] Cells(Target target, Table table) => target.Measure(table) is { } measured
        ? [target.Wanted, Figure($"{measured:0.00} {target.Unit}"), target.IsMetBy(measured) ? "met" : "**missed**"]
        : [target.Wanted, "", "not measured"];

    static string Figure(FormattableString figure) => FormattableString.Invariant(figure);

    // Padded: the same text is read on a terminal. Columns of words begin at the left, those of figures end at the right.
    static string Grid(string[] head, IReadOnlyList<string[]> rows)
    {
        var widths = head.Select((title, column) => rows.Select(row => row[column].Length).Append(title.Length).Max()).ToArray();
        var figures = head.Select((_, column) => rows.All(row => row[column].Length == 0 || char.IsAsciiDigit(row[column][0]))).ToArray();
        string Cell(string text, int column) => figures[column] ? text.PadLeft(widths[column]) : text.PadRight(widths[column]);
        string Line(IEnumerable<string> cells) => $"| {string.Join(" | ", cells.Select(Cell))} |\n";
        string Rule(int column) => new string('-', widths[column] - (figures[column] ? 1 : 0)) + (figures[column] ? ":" : "");
        return Line(head) + Line(head.Select((_, column) => Rule(column))) + string.Concat(rows.Select(Line));
    }
}
