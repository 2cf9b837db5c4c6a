namespace MailIngest.Commands;

/// <summary>How long ago, or how soon, in a few characters: what a person reads in a table.</summary>
static class RelativeTime
{
    /// <summary>"3 min ago", "in 2 h", "now".</summary>
    public static string Of(DateTimeOffset then, DateTimeOffset now) =>
        (now - then).Duration() < TimeSpan.FromSeconds(1) ? "now" : then <= now ? $"{Span(now - then)} ago" : $"in {Span(then - now)}";

    /// <summary>The largest unit that fits, rounded down: "59 s", "3 min", "23 h", "400 d".</summary>
    public static string Span(TimeSpan span) => span switch
    {
        _ when span < TimeSpan.FromMinutes(1) => $"{(long)span.TotalSeconds} s",
        _ when span < TimeSpan.FromHours(1) => $"{(long)span.TotalMinutes} min",
        _ when span < TimeSpan.FromDays(2) => $"{(long)span.TotalHours} h",
        _ => $"{(long)span.TotalDays} d",
    };
}
