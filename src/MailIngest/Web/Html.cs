using System.Net;
using MailIngest.Pop3;
using MailIngest.Status;

namespace MailIngest.Web;

/// <summary>Text on its way into a page. Everything that is not a literal of ours goes through here.</summary>
static class Html
{
    /// <summary>
    /// Safe between tags and between quotes; control and bidirectional characters are written out; cut at <paramref name="max"/>
    /// characters.
    /// </summary>
    public static string Text(string text, int max = 600) => WebUtility.HtmlEncode(HostileText.Escape(text, max));

    /// <summary>A time as people say it; the exact one shows on hovering.</summary>
    public static string Time(DateTimeOffset time, string said) =>
        $"<time datetime=\"{time.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}\" title=\"{RelativeTime.Exact(time)}\">{said}</time>";
}
