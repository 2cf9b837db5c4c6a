using System.Text;

namespace MailIngest.Telemetry;

/// <summary>
/// What Prometheus calls an instrument, by the rules of its OpenTelemetry translation, so that a collector makes the same names of OTLP.
/// </summary>
static class PrometheusName
{
    /// <summary>"mailingest.session.duration" in seconds is "mailingest_session_duration_seconds"; a counter ends with "_total".</summary>
    public static string Of(string instrument, string? unit, bool counter)
    {
        var name = instrument.Replace('.', '_');
        name += unit switch
        {
            null or "" => "",
            "s" => "_seconds",
            "By" => "_bytes",
            _ => throw new ArgumentOutOfRangeException(nameof(unit), unit, "No unit of ours."),
        };
        return counter ? $"{name}_total" : name;
    }

    /// <summary>Labels as they stand between the braces; empty for none.</summary>
    public static string Labels(params ReadOnlySpan<(string Label, string Value)> labels)
    {
        if (labels.IsEmpty)
            return "";
        var text = new StringBuilder();
        foreach (var (label, value) in labels)
            text.Append(text.Length == 0 ? "" : ",").Append(label).Append("=\"").Append(Escape(value)).Append('"');
        return text.ToString();
    }

    static string Escape(string value) => value.AsSpan().IndexOfAny("\\\"\n") < 0
        ? value
        : value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal);
}
