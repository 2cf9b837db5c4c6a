using System.Text;
using MailIngest.Status;

namespace MailIngest.Web;

/// <summary>The mailboxes as a table; on a phone the same rows are cards.</summary>
static class MailboxTable
{
    /// <summary>A certificate that expires sooner is worth a sentence.</summary>
    static readonly TimeSpan CertificateNotice = TimeSpan.FromDays(14);

    public static void Append(StringBuilder html, WorkerStatus status)
    {
        // Explicit roles: a table that CSS turns into cards is no table any more for some screen readers.
        html.Append("""
            <div class="frame"><table role="table">
            <caption class="vh">Mailboxes, those that need a look first</caption>
            <thead role="rowgroup"><tr role="row">
            <th role="columnheader" scope="col">Mailbox<th role="columnheader" scope="col">State<th role="columnheader" scope="col">Last success
            <th role="columnheader" scope="col">Next poll<th role="columnheader" scope="col" class="n">Waiting
            <th role="columnheader" scope="col">Oldest waiting<th role="columnheader" scope="col" class="n">Quarantined</tr></thead>

            """);
        foreach (var mailbox in status.Mailboxes.OrderWorstFirst())
            Append(html, mailbox, status.At);
        html.Append("</table></div>\n");
    }

    static void Append(StringBuilder html, MailboxStatus mailbox, DateTimeOffset now)
    {
        html.Append($"<tbody role=\"rowgroup\" class=\"{mailbox.State.Name()}\"><tr role=\"row\"><th role=\"rowheader\" "
            + $"scope=\"row\">{Html.Text(mailbox.Mailbox)}");
        html.Append($"<td role=\"cell\"><span class=\"s\"><i></i>{mailbox.State.Said()}</span>");
        if (mailbox.Failures > 1)
            html.Append($"<small>{Figures.Number(mailbox.Failures)} times in a row</small>");
        html.Append("<td role=\"cell\">").Append(
            mailbox.LastSuccess is { } success ? Html.Time(success, RelativeTime.Past(success, now)) : "<span class=\"z\">never</span>");
        html.Append("<td role=\"cell\">")
            .Append(mailbox.NextPoll is { } next ? Html.Time(next, RelativeTime.Future(next, now)) : Nothing(Unscheduled(mailbox.State)));
        html.Append("<td role=\"cell\" class=\"n\">").Append(Count(mailbox.Unstored.Messages));
        if (mailbox.Unstored.Messages > 0)
            html.Append($"<small>{Figures.Size(mailbox.Unstored.Octets)}</small>");
        html.Append("<td role=\"cell\">").Append(mailbox.Unstored is { Messages: > 0, OldestSeen: { } seen }
            ? Html.Time(seen, RelativeTime.Length(mailbox.OldestUnstoredAge(now)))
            : Nothing("–"));
        html.Append("<td role=\"cell\" class=\"n\">").Append(Count(mailbox.Unstored.Quarantined)).Append("</tr>");
        Why(html, mailbox, now);
        html.Append("</tbody>\n");
    }

    static void Why(StringBuilder html, MailboxStatus mailbox, DateTimeOffset now)
    {
        var sentences = new List<string>();
        if (mailbox.LastError is { } error)
            sentences.Add(Html.Text(error));
        if (mailbox.Unstored.Quarantined > 0)
        {
            var stay = mailbox.Unstored.Quarantined == 1 ? "message stays" : "messages stay";
            sentences.Add($"{Figures.Number(mailbox.Unstored.Quarantined)} quarantined {stay} on the server; see <code>MailIngest "
                + $"quarantine list</code>");
        }
        if (mailbox.State != MailboxState.Disabled && mailbox.CertificateExpires - now is { } left && left < CertificateNotice)
            sentences.Add(left > TimeSpan.Zero ? $"The mail server’s certificate expires in {RelativeTime.Length(left)}"
                : "The mail server’s certificate has expired");
        if (sentences.Count > 0)
            html.Append("<tr role=\"row\" class=\"why\"><td role=\"cell\" colspan=\"7\"><p>").AppendJoin("<p>", sentences).Append("</tr>");
    }

    static string Unscheduled(MailboxState state) => state switch
    {
        MailboxState.Disabled => "–",
        MailboxState.Suspended => "after a fix",
        MailboxState.New => "soon",
        _ => "running",
    };

    static string Count(long count) => count == 0 ? Nothing("0") : Figures.Number(count);

    static string Nothing(string said) => $"<span class=\"z\">{said}</span>";
}
