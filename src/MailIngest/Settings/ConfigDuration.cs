using System.Globalization;

namespace MailIngest.Settings;

/// <summary>Durations as people write them: 30s, 5m, 1h30m, 7d.</summary>
public static class ConfigDuration
{
    static readonly (string Unit, TimeSpan Length)[] Units =
        [("d", TimeSpan.FromDays(1)), ("h", TimeSpan.FromHours(1)), ("m", TimeSpan.FromMinutes(1)), ("s", TimeSpan.FromSeconds(1))];

    /// <summary>Reads whole numbers with the units d, h, m, s, each at most once and the largest first.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        var rest = text.AsSpan();
        foreach (var (unit, length) in Units)
        {
            var digits = rest.IndexOfAnyExceptInRange('0', '9');
            if (digits is < 1 or > 7 || rest[digits] != unit[0]) continue;
            duration += int.Parse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture) * length;
            rest = rest[(digits + 1)..];
        }
        return text.Length > 0 && rest.IsEmpty;
    }

    /// <summary>The text that <see cref="TryParse"/> reads back; whole seconds.</summary>
    public static string Format(TimeSpan duration)
    {
        var text = "";
        foreach (var (unit, length) in Units)
        {
            var count = (long)(duration / length);
            if (count == 0) continue;
            text += string.Create(CultureInfo.InvariantCulture, $"{count}{unit}");
            duration -= count * length;
        }
        return text.Length == 0 ? "0s" : text;
    }
}
