using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace MailIngest.Telemetry;

/// <summary>
/// Pushes metrics, and a trace of each poll, to a collector: OTLP over HTTP. A collector that fails costs a sentence, never a poll.
/// </summary>
/// <remarks>Headers that the collector asks for come from <c>OTEL_EXPORTER_OTLP_HEADERS</c>.</remarks>
sealed class OtlpPush : IDisposable
{
    /// <summary>
    /// Of one instrument: 1,000 mailboxes and what became of their polls and messages. OpenTelemetry makes room for all at once.
    /// </summary>
    const int MostSeries = 12_000;

    const int MostSeriesOfOthers = 2_000;

    /// <summary>The longest that one push may take.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    readonly Meter _meter = new(Instruments.Name);
    readonly Uri _endpoint;
    readonly MeterProvider _metrics;
    readonly TracerProvider _traces;
    volatile IReadOnlyList<Gauge> _gauges;

    /// <summary>Starts to listen to the instruments; nothing is sent before <see cref="PushAsync"/>.</summary>
    /// <param name="endpoint">The collector, without <c>/v1/…</c>.</param>
    /// <param name="gauges">Which gauges there are; their readings come with each push.</param>
    public OtlpPush(Uri endpoint, IReadOnlyList<Gauge> gauges)
    {
        (_endpoint, _gauges) = (endpoint, gauges);
        foreach (var gauge in gauges)
            _meter.CreateObservableGauge(gauge.Name, () => Readings(gauge.Name), gauge.Unit, gauge.Description);
        _meter.CreateObservableGauge(
            "mailingest.build_info", () => new Measurement<int>(1, new KeyValuePair<string, object?>("version", WorkerVersion.Text)),
            null, "The version that runs; always 1.");

        var resource = ResourceBuilder.CreateEmpty()
            .AddService("mailingest", serviceVersion: WorkerVersion.Text, serviceInstanceId: Environment.MachineName)
            .AddEnvironmentVariableDetector();
        _metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(Instruments.Name)
            .AddView(instrument => new MetricStreamConfiguration
                { CardinalityLimit = IsByMailboxAndKind(instrument) ? MostSeries : MostSeriesOfOthers })
            .AddReader(new BaseExportingMetricReader(new OtlpMetricExporter(Options("v1/metrics")))).Build();
        _traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(Instruments.Name)
            .AddProcessor(new BatchActivityExportProcessor(new OtlpTraceExporter(Options("v1/traces")))).Build();
    }

    /// <summary>Sends everything measured so far; gives up after <see cref="Patience"/>.</summary>
    /// <returns>Why it failed, in words; null when it did not.</returns>
    public async Task<string?> PushAsync(IReadOnlyList<Gauge> gauges)
    {
        _gauges = gauges;
        // The exporters know no await: they send on threads of the pool, and give up by themselves.
        var milliseconds = (int)Patience.TotalMilliseconds;
        var sent = await Task.WhenAll(Task.Run(() => _traces.ForceFlush(milliseconds)), Task.Run(() => _metrics.ForceFlush(milliseconds)));
        return sent.All(each => each) ? null
            : $"the collector at {_endpoint} cannot be reached or refused the metrics; check telemetry.otlpEndpoint";
    }

    static bool IsByMailboxAndKind(Instrument instrument) =>
        instrument == Instruments.Sessions || instrument == Instruments.Messages || instrument == Instruments.UniqueIdAnomalies;

    OtlpExporterOptions Options(string signal) => new()
    {
        Protocol = OtlpExportProtocol.HttpProtobuf,
        // Set by hand, the address is taken as it is: without the path of the signal, which only the environment's address gets.
        Endpoint = new($"{_endpoint.AbsoluteUri.TrimEnd('/')}/{signal}"),
        TimeoutMilliseconds = (int)Patience.TotalMilliseconds,
    };

    IEnumerable<Measurement<double>> Readings(string name) =>
        from gauge in _gauges
        where gauge.Name == name
        from reading in gauge.Readings
        select reading.Mailbox is null ? new Measurement<double>(reading.Value)
            : new(reading.Value, new KeyValuePair<string, object?>("mailbox", reading.Mailbox));

    public void Dispose()
    {
        _metrics.Dispose();
        _traces.Dispose();
        _meter.Dispose();
    }
}
