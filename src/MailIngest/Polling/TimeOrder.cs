namespace MailIngest.Polling;

/// <summary>
/// The shorter and the longer of two times: what <see cref="Math.Min(int, int)"/> and <see cref="Math.Max(int, int)"/> are for numbers.
/// </summary>
static class TimeOrder
{
    extension(TimeSpan)
    {
        public static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

        public static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;
    }
}
