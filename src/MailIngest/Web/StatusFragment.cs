using System.Text;
using MailIngest.Status;
using MailIngest.Telemetry;

namespace MailIngest.Web;

/// <summary>The two parts of the page that change: what matters most, and every mailbox.</summary>
static class StatusFragment
{
    /// <summary>So many are shown; who has more of them reads them in a terminal.</summary>
    const int MostProblems = 20;

    /// <summary>Both, as the page fetches them every few seconds.</summary>
    public static string Both(WorkerStatus status) => $"{Summary(status)}\n{Mailboxes(status)}\n";

    /// <summary>One sentence, four figures, and what is wrong with the worker itself.</summary>
    public static string Summary(WorkerStatus status)
    {
        var (headline, sub) = Headline.Of(status);
        var quarantined = status.Mailboxes.Sum(mailbox => mailbox.Unstored.Quarantined);
        var octets = Figures.Size(status.Mailboxes.Sum(mailbox => mailbox.Unstored.Octets));
        var waiting = status.Mailboxes.Sum(mailbox => mailbox.Unstored.Messages);
        var oldest = status.Mailboxes.Select(mailbox => mailbox.OldestUnstoredAge(status.At)).DefaultIfEmpty().Max();
        var html = new StringBuilder($"""
            <section id="summary" data-look="{Headline.NeedingALook(status)}"{(Headline.IsBad(status) ? " class=\"bad\"" : "")}>
            <h1>{headline}</h1>
            <p class="sub">{sub}</p>
            """);
        if (Alerts(status) is { Length: > 0 } alerts)
            html.Append("\n<ul class=\"alerts\">").Append(alerts).Append("</ul>");
        html.Append($"""

            <dl class="tiles">
            <div><dt>Waiting to be stored</dt><dd>{Figures.Number(waiting)}{(waiting == 0 ? "" : $" <small>{octets}</small>")}</dd></div>
            <div><dt>Oldest waiting</dt><dd>{(waiting == 0 ? "none" : RelativeTime.Length(oldest))}</dd></div>
            <div><dt>Quarantined</dt><dd{(quarantined > 0 ? " class=\"look\"" : "")}>{Figures.Number(quarantined)}</dd></div>
            <div><dt>Blob store</dt><dd{(status.StoreProblem is null ? ">Available" : " class=\"bad\">Unavailable")}</dd></div>
            </dl>
            </section>
            """);
        return html.ToString();
    }

    /// <summary>A row for each mailbox, the worst first.</summary>
    public static string Mailboxes(WorkerStatus status)
    {
        var html = new StringBuilder("<section id=\"mailboxes\">\n");
        if (status.Mailboxes.Count > 0)
            MailboxTable.Append(html, status);
        else if (status.LedgerProblem is null)
            html.Append("<div class=\"frame empty\"><b>No mailboxes yet</b>")
                .Append("Put one file for each mailbox into the folder of mailboxes; it shows up here within seconds.</div>\n");
        return html.Append($"<footer>MailIngest {WorkerVersion.Text}, started {Ago(status.Started)}; configuration taken over "
            + $"{Ago(status.LastReload)}</footer>\n")
            .Append("</section>").ToString();

        string Ago(DateTimeOffset time) => Html.Time(time, RelativeTime.Past(time, status.At));
    }

    static string Alerts(WorkerStatus status)
    {
        var html = new StringBuilder();
        if (status.LedgerProblem is { } ledger)
            Alert("bad", "The ledger cannot be read", ledger);
        if (Headline.HasStopped(status))
            Alert("bad", "The scheduler has stopped",
                $"It was last seen {RelativeTime.Length(status.At - status.LastTick)} ago; restart the worker.");
        if (status.StoreProblem is { } store)
            Alert("bad", "The blob store cannot be used; no mailbox is signed in to until it can", store);
        foreach (var problem in status.Problems.Take(MostProblems))
            Alert("look", "A configuration file is wrong; its last good version stays in force", problem.ToString());
        if (status.Problems.Count > MostProblems)
            Alert("look", $"{Plural.Of(status.Problems.Count - MostProblems, "more problem", "more problems")} in configuration files",
                "See: MailIngest check");
        return html.ToString();

        void Alert(string kind, string what, string said) =>
            html.Append($"<li class=\"{kind}\"><b>{what}</b>{Html.Text(said, 1_000)}</li>");
    }
}
