using System.Diagnostics.Metrics;

namespace MailIngest.Telemetry;

/// <summary>Adds up what the worker's instruments measure, from its creation on. Safe to use from many threads.</summary>
/// <remarks>
/// Not OpenTelemetry's Prometheus exporter: it is a beta, adds labels of its own (otel_scope_name), has no series before their first event,
/// keeps 2,000 of them for each instrument and costs 11 MB; this is a dictionary.
/// </remarks>
sealed class CounterBook : IDisposable
{
    readonly MeterListener _listener = new();
    readonly SortedDictionary<string, Family> _families = new(StringComparer.Ordinal);

    public CounterBook()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name != Instruments.Name || instrument.IsObservable)
                return;
            var family = new Family(instrument, (instrument as Histogram<double>)?.Advice?.HistogramBucketBoundaries);
            lock (_families)
                _families.TryAdd(family.Name, family);
            listener.EnableMeasurementEvents(instrument, family);
        };
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, family) => ((Family)family!).Add(value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, family) => ((Family)family!).Add(value, tags));
        _listener.Start();
    }

    /// <summary>Every instrument with its series, by name; series that have not been measured yet are 0.</summary>
    /// <param name="atZero">Series that must be there.</param>
    public IReadOnlyList<(Family Family, IReadOnlyList<Series> Series)> Read(
        IEnumerable<(Instrument Counter, (string Label, string Value)[] Labels)> atZero)
    {
        var missing = atZero.ToLookup(zero => zero.Counter, zero => PrometheusName.Labels(zero.Labels));
        lock (_families)
            return [.. _families.Values.Select(family => (family, family.Read(missing[family.Instrument])))];
    }

    public void Dispose() => _listener.Dispose();

    /// <summary>One instrument and everything measured with it.</summary>
    internal sealed class Family(Instrument instrument, IReadOnlyList<double>? bounds)
    {
        readonly Dictionary<string, Series> _series = new(StringComparer.Ordinal);
        readonly Lock _lock = new();

        public Instrument Instrument { get; } = instrument;

        /// <summary>The upper bounds of a histogram's buckets; null of a counter.</summary>
        public IReadOnlyList<double>? Bounds { get; } = bounds;

        public string Name { get; } = PrometheusName.Of(instrument.Name, instrument.Unit, counter: bounds is null);

        public void Add(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var labels = new (string, string)[tags.Length];
            for (var at = 0; at < tags.Length; at++)
                labels[at] = (tags[at].Key, tags[at].Value as string ?? "");
            var key = PrometheusName.Labels(labels);
            lock (_lock)
            {
                if (!_series.TryGetValue(key, out var series))
                    _series[key] = series = new(key, new long[(Bounds?.Count ?? 0) + 1]);
                series.Add(value, Bounds);
            }
        }

        public IReadOnlyList<Series> Read(IEnumerable<string> atZero)
        {
            lock (_lock)
                return
                [
                    .. _series.Values.Select(series => series.Copy()),
                    .. atZero.Where(key => !_series.ContainsKey(key)).Select(key => new Series(key, [0])),
                ];
        }
    }

    /// <summary>One set of labels and what was measured under it.</summary>
    /// <param name="labels">As they stand between the braces.</param>
    /// <param name="buckets">Measurements in each bucket of a histogram, the last without a bound; of a counter, all of them.</param>
    internal sealed class Series(string labels, long[] buckets)
    {
        public string Labels { get; } = labels;

        /// <summary>Of everything measured.</summary>
        public double Sum { get; private set; }

        public IReadOnlyList<long> Buckets => buckets;

        public void Add(double value, IReadOnlyList<double>? bounds)
        {
            Sum += value;
            var bucket = 0;
            while (bucket < buckets.Length - 1 && value > bounds![bucket])
                bucket++;
            buckets[bucket]++;
        }

        public Series Copy() => new(Labels, [.. buckets]) { Sum = Sum };
    }
}
