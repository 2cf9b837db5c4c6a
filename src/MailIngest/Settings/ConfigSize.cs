using System.Globalization;

namespace MailIngest.Settings;

/// <summary>Sizes as people write them: 10MB is ten million octets, 64KiB is 65,536.</summary>
public static class ConfigSize
{
    static readonly (string Unit, long Octets)[] Units =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40),
        ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
        ("B", 1),
    ];

    /// <summary>Reads a whole number and a unit (B, KB, MB, GB, TB, KiB, MiB, GiB, TiB) in any case; a space may stand between.</summary>
    public static bool TryParse(string text, out long octets)
    {
        octets = 0;
        foreach (var (unit, factor) in Units)
        {
            if (!text.EndsWith(unit, StringComparison.OrdinalIgnoreCase)) continue;
            var number = text.AsSpan(0, text.Length - unit.Length).TrimEnd(' ');
            if (!long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var count)) return false;
            if (count > long.MaxValue / factor) return false;
            octets = count * factor;
            return true;
        }
        return false;
    }

    /// <summary>The shortest text that <see cref="TryParse"/> reads back.</summary>
    public static string Format(long octets)
    {
        if (octets == 0) return "0B";
        var (unit, factor) = Units.Where(unit => octets % unit.Octets == 0).MaxBy(unit => unit.Octets);
        return string.Create(CultureInfo.InvariantCulture, $"{octets / factor}{unit}");
    }
}
