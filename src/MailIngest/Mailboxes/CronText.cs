using System.Globalization;
using MailIngest.Settings;

namespace MailIngest.Mailboxes;

/// <summary>Checks cron expressions of five fields: minute, hour, day of month, month, day of week. See crontab(5).</summary>
public static class CronText
{
    static readonly Field[] Fields =
    [
        new("minute", 0, 59, []),
        new("hour", 0, 23, []),
        new("day of month", 1, 31, []),
        new("month", 1, 12, ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]),
        new("day of week", 0, 7, ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]),
    ];

    static readonly Dictionary<string, string> Nicknames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["@hourly"] = "0 * * * *", ["@daily"] = "0 0 * * *", ["@midnight"] = "0 0 * * *", ["@weekly"] = "0 0 * * 0",
        ["@monthly"] = "0 0 1 * *", ["@yearly"] = "0 0 1 1 *", ["@annually"] = "0 0 1 1 *",
    };

    // The longest that each month can be.
    static readonly int[] DaysOf = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

    /// <summary>The expression as five fields, nicknames spelt out; null when it is wrong, and then the complaint says why.</summary>
    public static string? Parse(string text, out string? complaint)
    {
        complaint = null;
        var words = (Nicknames.GetValueOrDefault(text.Trim()) ?? text).Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (words.Length != Fields.Length)
        {
            complaint = "write five fields (minute, hour, day of month, month, day of week) like \"*/15 * * * *\", or @hourly or @daily";
            return null;
        }
        var values = new List<HashSet<int>>();
        foreach (var (field, word) in Fields.Zip(words))
        {
            if (field.Parse(word) is { } set) values.Add(set);
            else complaint ??= $"{ConfigWords.Quote(word)} is not a {field.Name}; "
                + $"write {field.First} to {field.Last}, *, lists (1,2), ranges (1-5) or steps (*/5)";
        }
        if (complaint is null && words[4] == "*" && !values[3].Any(month => values[2].Min() <= DaysOf[month - 1]))
            complaint = "that day does not exist in that month, so it would never poll";
        return complaint is null ? string.Join(' ', words) : null;
    }

    sealed record Field(string Name, int First, int Last, string[] Words)
    {
        /// <summary>The values that a field's text selects; null when it is wrong.</summary>
        public HashSet<int>? Parse(string text)
        {
            var values = new HashSet<int>();
            foreach (var part in text.Split(','))
            {
                if (Range(part) is not var (from, to, step)) return null;
                for (var value = from; value <= to; value += step) values.Add(value);
            }
            return values;
        }

        (int From, int To, int Step)? Range(string part)
        {
            var step = 1;
            if (part.Split('/') is [var range, var every])
            {
                if (!Number(every, out step) || step < 1 || step > Last) return null;
                part = range;
            }
            else if (part.Contains('/')) return null;

            if (part == "*") return (First, Last, step);
            if (part.Split('-') is [var low, var high])
                return Value(low, out var from) && Value(high, out var to) && from <= to ? (from, to, step) : null;
            return Value(part, out var only) ? (only, step == 1 ? only : Last, step) : null;
        }

        bool Value(string text, out int value)
        {
            value = Array.FindIndex(Words, word => word.Equals(text, StringComparison.OrdinalIgnoreCase));
            if (value >= 0) value += First;
            else if (!Number(text, out value)) return false;
            return value >= First && value <= Last;
        }

        static bool Number(string text, out int value) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }
}
