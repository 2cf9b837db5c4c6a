using System.Text;

namespace MailIngest.Web;

/// <summary>What the web server says to one request.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="ContentType">With its charset.</param>
/// <param name="Body">UTF-8.</param>
sealed record Answer(int Status, string ContentType, byte[] Body)
{
    /// <summary>A sentence or a few lines.</summary>
    public static Answer Plain(int status, string text) => new(status, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(text));

    public static Answer Html(string page) => new(200, "text/html; charset=utf-8", Encoding.UTF8.GetBytes(page));
}
