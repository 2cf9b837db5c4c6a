using System.Globalization;

namespace MailIngest.Status;

/// <summary>Sizes and counts as people read them, the same wherever the process runs.</summary>
static class Figures
{
    /// <summary>"1.3 MiB".</summary>
    public static string Size(long octets) => octets switch
    {
        < 1 << 10 => $"{octets} B",
        < 1 << 20 => string.Create(CultureInfo.InvariantCulture, $"{octets / 1024.0:0.#} KiB"),
        < 1 << 30 => string.Create(CultureInfo.InvariantCulture, $"{octets / 1048576.0:0.#} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{octets / 1073741824.0:0.#} GiB"),
    };

    /// <summary>"12 345", with spaces that do not break.</summary>
    public static string Number(long number) => number.ToString("#,0", CultureInfo.InvariantCulture).Replace(',', '\u202f');
}
