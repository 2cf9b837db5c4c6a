using System.Security.Cryptography;
using System.Text;
using MailIngest.Status;

namespace MailIngest.Web;

/// <summary>The page at /: whole without JavaScript, live with it. It loads nothing from anywhere.</summary>
static class StatusPage
{
    static readonly string Style = Resource("page.css");
    static readonly string Script = Resource("page.js");

    /// <summary>Nothing runs and nothing styles but the page's own two blocks, known by their hashes.</summary>
    public static string ContentSecurityPolicy { get; } =
        $"default-src 'none'; style-src '{Hash(Style)}'; script-src '{Hash(Script)}'; connect-src 'self'; img-src data:; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>The page as a browser first gets it.</summary>
    public static string Whole(WorkerStatus status) =>
        $"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>MailIngest</title>
        <link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'%3E%3Crect width='24' height='24' rx='6' fill='%231f5fb5'/%3E%3Cpath d='M5 8l7 5 7-5M5 8v9h14V8z' fill='none' stroke='white' stroke-width='1.8'/%3E%3C/svg%3E">
        <noscript><meta http-equiv="refresh" content="15"></noscript>
        <style>{Style}</style>
        </head>
        <body>
        <div class="page">
        <header>
        <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="M3 10v8.5a1.5 1.5 0 0 0 1.5 1.5h15a1.5 1.5 0 0 0 1.5-1.5V10l-9 5.5z"/><path d="M12 2.5v7m-3-3 3 3 3-3"/></svg>
        <strong>MailIngest</strong>
        <p id="live" role="status"><i aria-hidden="true"></i><span>As of {status.At.UtcDateTime:HH:mm:ss} UTC</span></p>
        </header>
        <main>
        {StatusFragment.Summary(status)}
        <p id="filter" hidden><label class="vh" for="find">Filter mailboxes</label><input id="find" type="search" placeholder="Filter mailboxes" autocomplete="off" spellcheck="false"><output for="find"></output></p>
        {StatusFragment.Mailboxes(status)}
        </main>
        </div>
        <script>{Script}</script>
        </body>
        </html>

        """;

    static string Hash(string block) => $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(block)))}";

    static string Resource(string name)
    {
        using var reader = new StreamReader(typeof(StatusPage).Assembly.GetManifestResourceStream(name)!);
        // HTML parsers turn every line end into a line feed before they hash.
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
