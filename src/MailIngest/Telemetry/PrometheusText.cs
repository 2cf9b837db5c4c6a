using System.Globalization;
using System.Text;

namespace MailIngest.Telemetry;

/// <summary>The text format that Prometheus reads (version 0.0.4).</summary>
static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>Gauges first, then what was counted; each in the order of its name.</summary>
    public static string Of(IEnumerable<Gauge> gauges, string version,
        IEnumerable<(CounterBook.Family Family, IReadOnlyList<CounterBook.Series> Series)> counted)
    {
        var text = new StringBuilder(16 << 10);
        Head(text, "mailingest_build_info", "gauge", "The version that runs; always 1.");
        Line(text, "mailingest_build_info", "", PrometheusName.Labels(("version", version)), "", 1);
        foreach (var gauge in gauges.OrderBy(gauge => gauge.Name, StringComparer.Ordinal))
        {
            var name = PrometheusName.Of(gauge.Name, gauge.Unit, counter: false);
            Head(text, name, "gauge", gauge.Description);
            foreach (var (mailbox, value) in gauge.Readings)
                Line(text, name, "", mailbox is null ? "" : PrometheusName.Labels(("mailbox", mailbox)), "", value);
        }
        foreach (var (family, series) in counted)
        {
            Head(text, family.Name, family.Bounds is null ? "counter" : "histogram", family.Instrument.Description!);
            foreach (var one in series.OrderBy(one => one.Labels, StringComparer.Ordinal))
            {
                if (family.Bounds is { } bounds)
                    Histogram(text, family.Name, one, bounds);
                else
                    Line(text, family.Name, "", one.Labels, "", one.Sum);
            }
        }
        return text.ToString();
    }

    static void Histogram(StringBuilder text, string name, CounterBook.Series series, IReadOnlyList<double> bounds)
    {
        var count = 0L;
        for (var bucket = 0; bucket < series.Buckets.Count; bucket++)
        {
            count += series.Buckets[bucket];
            var bound = bucket < bounds.Count ? bounds[bucket].ToString(CultureInfo.InvariantCulture) : "+Inf";
            Line(text, name, "_bucket", series.Labels, $"le=\"{bound}\"", count);
        }
        Line(text, name, "_sum", series.Labels, "", series.Sum);
        Line(text, name, "_count", series.Labels, "", count);
    }

    static void Head(StringBuilder text, string name, string type, string help) =>
        text.Append("# HELP ").Append(name).Append(' ').Append(help).Append("\n# TYPE ").Append(name).Append(' ').Append(type).Append('\n');

    static void Line(StringBuilder text, string name, string suffix, string labels, string bound, double value)
    {
        text.Append(name).Append(suffix);
        if (labels.Length + bound.Length > 0)
            text.Append('{').Append(labels).Append(labels.Length > 0 && bound.Length > 0 ? "," : "").Append(bound).Append('}');
        text.Append(' ').Append(CultureInfo.InvariantCulture, $"{value}").Append('\n');
    }
}
