using System.Globalization;

namespace MailIngest.Status;

/// <summary>
/// Times as people say them, on the page and in the table of <c>status</c>: coarse on purpose, so that a page which is refreshed every few
/// seconds stays calm.
/// </summary>
static class RelativeTime
{
    /// <summary>"just now", "3 min ago", "2 h ago", "5 d ago".</summary>
    public static string Past(DateTimeOffset time, DateTimeOffset now) =>
        now - time < TimeSpan.FromMinutes(1) ? "just now" : $"{Length(now - time)} ago";

    /// <summary>"due now", "in under a minute", "in 4 min".</summary>
    public static string Future(DateTimeOffset time, DateTimeOffset now) => (time - now) switch
    {
        var left when left <= TimeSpan.Zero => "due now",
        var left when left < TimeSpan.FromMinutes(1) => "in under a minute",
        var left => $"in {Length(left)}",
    };

    /// <summary>"40 s", "3 min", "2 h 5 min", "5 d"; rounded down.</summary>
    public static string Length(TimeSpan time) => time switch
    {
        { TotalMinutes: < 1 } => $"{Math.Max(0, (int)time.TotalSeconds)} s",
        { TotalHours: < 1 } => $"{(int)time.TotalMinutes} min",
        { TotalHours: < 10, Minutes: > 0 } => $"{(int)time.TotalHours} h {time.Minutes} min",
        { TotalDays: < 2 } => $"{(int)time.TotalHours} h",
        _ => $"{(int)time.TotalDays} d",
    };

    /// <summary>"2026-11-26 01:02:03 UTC".</summary>
    public static string Exact(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}
