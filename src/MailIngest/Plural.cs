using System.Globalization;

namespace MailIngest;

/// <summary>A count and its noun, as a person says it.</summary>
static class Plural
{
    /// <summary>"1 message", "3 messages".</summary>
    /// <param name="count">How many.</param>
    /// <param name="one">The noun.</param>
    /// <param name="many">Its plural, where that is not the noun with an s.</param>
    public static string Of(long count, string one, string? many = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? one : many ?? one + "s")}");
}
