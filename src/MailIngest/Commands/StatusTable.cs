using System.Globalization;
using System.Text;
using MailIngest.Pop3;
using MailIngest.Status;

namespace MailIngest.Commands;

/// <summary>The mailboxes as a table of plain text, the worst first, and one line that sums them up.</summary>
static class StatusTable
{
    const string Indent = "    ";

    /// <summary>Errors are for reading, and there is a log for the whole of them.</summary>
    const int MostOfAnError = 500;

    static readonly string[] Head = ["MAILBOX", "STATE", "LAST SUCCESS", "NEXT POLL", "BACKLOG", "OLDEST", "QUARANTINED"];

    /// <summary>The table.</summary>
    /// <param name="mailboxes">In the order of the lines.</param>
    /// <param name="now">What times are relative to.</param>
    /// <param name="width">Columns of the terminal; explanations are wrapped to it.</param>
    public static string Text(IReadOnlyList<MailboxStatus> mailboxes, DateTimeOffset now, int width)
    {
        string[][] rows = [Head, .. mailboxes.Select(mailbox => Cells(mailbox, now))];
        var widths = Head.Select((_, column) => rows.Max(row => row[column].Length)).ToArray();
        var text = new StringBuilder();
        for (var i = 0; i < rows.Length; i++)
        {
            text.AppendLine(string.Join("  ", rows[i].Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
            if (i > 0 && Explanation(mailboxes[i - 1]) is { } explanation)
                foreach (var line in Wrap(explanation, width - Indent.Length))
                    text.Append(Indent).AppendLine(line);
        }
        return text.AppendLine().AppendLine(Summary(mailboxes)).ToString();
    }

    static string[] Cells(MailboxStatus mailbox, DateTimeOffset now) =>
    [
        mailbox.Mailbox,
        mailbox.State == MailboxState.Failing ? string.Create(CultureInfo.InvariantCulture, $"failing ({mailbox.Failures})")
            : mailbox.State.Name(),
        mailbox.LastSuccess is { } success ? RelativeTime.Past(success, now) : "never",
        mailbox.State == MailboxState.Polling ? "running" : mailbox.NextPoll is { } next ? RelativeTime.Future(next, now) : "-",
        mailbox.Unstored.Messages == 0 ? "0"
            : string.Create(CultureInfo.InvariantCulture, $"{mailbox.Unstored.Messages} ({Figures.Size(mailbox.Unstored.Octets)})"),
        mailbox.Unstored.OldestSeen is null ? "-" : RelativeTime.Length(mailbox.OldestUnstoredAge(now)),
        mailbox.Unstored.Quarantined.ToString(CultureInfo.InvariantCulture),
    ];

    /// <summary>A server's words may be part of it: one line, and nothing that a terminal obeys.</summary>
    static string? Explanation(MailboxStatus mailbox) =>
        mailbox.LastError is { } error ? HostileText.Escape(error, MostOfAnError)
        : mailbox.State == MailboxState.Suspended ? "its sign-ins were refused; it is left alone until its file or its secret changes"
        : mailbox.Unstored.Quarantined > 0
            ? $"quarantined messages wait for a person; see: MailIngest quarantine list --mailbox {mailbox.Mailbox}"
        : null;

    static string Summary(IReadOnlyList<MailboxStatus> mailboxes)
    {
        var states = MailboxStateWords.WorstFirst
            .Select(state => (State: state, Count: mailboxes.Count(mailbox => mailbox.State == state))).Where(state => state.Count > 0)
            .Select(state => string.Create(CultureInfo.InvariantCulture, $"{state.Count} {state.State.Name()}"));
        return string.Create(CultureInfo.InvariantCulture,
            $"{Plural.Of(mailboxes.Count, "mailbox", "mailboxes")}: {string.Join(", ", states)}; ")
            + string.Create(CultureInfo.InvariantCulture,
            $"messages not stored yet: {mailboxes.Sum(mailbox => mailbox.Unstored.Messages)}, quarantined: "
                + $"{mailboxes.Sum(mailbox => mailbox.Unstored.Quarantined)}");
    }

    /// <summary>Breaks at spaces; a word that is longer than a line has one for itself.</summary>
    internal static IEnumerable<string> Wrap(string text, int width)
    {
        var line = new StringBuilder();
        foreach (var word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line.ToString();
                line.Clear();
            }
            line.Append(line.Length > 0 ? " " : "").Append(word);
        }
        yield return line.ToString();
    }
}
