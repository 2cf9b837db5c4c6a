using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using MailIngest.Ledger;
using MailIngest.Polling;
using MailIngest.Status;
using MailIngest.Tests.Polling;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailIngest.Tests.Telemetry;

/// <summary>OTLP, against a collector of a few lines.</summary>
public sealed class StatusPushTests : IAsyncLifetime
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mailingest-otlp-");
    readonly FakeTimeProvider _clock = new(A.Noon);
    readonly CapturedLog _log = new();
    readonly Collector _collector = new();
    UniqueIdLedger _ledger = null!;
    StatusBoard _board = null!;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _ledger = await UniqueIdLedger.OpenAsync(Path.Combine(_folder.FullName, "ledger.db"), _clock, Stop);
        _board = new(_ledger, () => null, _clock);
        _board.Configure([A.Mailbox() with { Id = "pushed" }], []);
    }

    [Fact]
    public async Task Once_sends_its_metrics_and_a_trace_of_each_poll_at_its_end()
    {
        await using (await StatusPush.StartForOnceAsync(new() { OtlpEndpoint = _collector.Address }, _board, _clock, _log, Stop))
        {
            PollMetrics.Record(new("pushed") { Deleted = 3 }, _clock.GetUtcNow());
            Assert.Empty(_collector.Received);
        }

        var metrics = _collector.Received["/v1/metrics"];
        foreach (var word in (string[])["mailingest.session", "mailingest.consecutive_failures", "mailingest.config_last_reload_timestamp",
            "mailingest.build_info", "pushed", "service.name"])
            Assert.Contains(word, metrics, StringComparison.Ordinal);
        var traces = _collector.Received["/v1/traces"];
        foreach (var word in (string[])["poll", "mailbox", "pushed", "result", "deleted"])
            Assert.Contains(word, traces, StringComparison.Ordinal);
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task Run_sends_at_every_interval()
    {
        await using var push = await StatusPush.StartAsync(
            new() { OtlpEndpoint = _collector.Address, Interval = TimeSpan.FromMinutes(1) }, _board, _clock, _log, Stop);
        _clock.Advance(TimeSpan.FromMinutes(1));
        await _collector.ArrivedAsync("/v1/metrics", Stop);
    }

    [Fact]
    public async Task A_collector_that_refuses_is_told_and_nothing_else_happens()
    {
        _collector.Status = 500;
        await using (await StatusPush.StartForOnceAsync(new() { OtlpEndpoint = _collector.Address }, _board, _clock, _log, Stop))
            PollMetrics.Record(new("pushed"), _clock.GetUtcNow());

        Assert.Contains("cannot be reached or refused the metrics", Assert.Single(_log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_collector_that_is_not_there_is_told_and_nothing_else_happens()
    {
        _collector.Dispose();
        await using (await StatusPush.StartForOnceAsync(new() { OtlpEndpoint = _collector.Address }, _board, _clock, _log, Stop))
            PollMetrics.Record(new("pushed"), _clock.GetUtcNow());

        Assert.Contains("mail is polled all the same", Assert.Single(_log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_collector_nothing_listens() => Assert.Null(await StatusPush.StartAsync(new(), _board, _clock, _log, Stop));

    public async ValueTask DisposeAsync()
    {
        _collector.Dispose();
        await _ledger.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    /// <summary>Takes what is posted, and answers as told.</summary>
    sealed class Collector : IDisposable
    {
        readonly HttpListener _listener = new();
        readonly ConcurrentDictionary<string, TaskCompletionSource> _arrived = new();

        public Collector()
        {
            using (var free = new TcpListener(IPAddress.Loopback, 0))
            {
                free.Start();
                Address = new($"http://{free.LocalEndpoint}/");
            }
            _listener.Prefixes.Add(Address.AbsoluteUri);
            _listener.Start();
            _ = ServeAsync();
        }

        public Uri Address { get; }

        public int Status { get; set; } = 200;

        /// <summary>The last body by its path; protobuf keeps words readable.</summary>
        // All that came to a path: other tests poll as well, and many spans come in several batches.
        public ConcurrentDictionary<string, string> Received { get; } = new();

        public Task ArrivedAsync(string path, CancellationToken stop) => Arrived(path).Task.WaitAsync(TimeSpan.FromMinutes(1), stop);

        TaskCompletionSource Arrived(string path) => _arrived.GetOrAdd(path, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));

        async Task ServeAsync()
        {
            while (_listener.IsListening)
            {
                try
                {
                    var call = await _listener.GetContextAsync();
                    using var body = new MemoryStream();
                    await call.Request.InputStream.CopyToAsync(body);
                    Received.AddOrUpdate(call.Request.Url!.AbsolutePath, Encoding.Latin1.GetString(body.ToArray()), (_, before) =>
                        before + Encoding.Latin1.GetString(body.ToArray()));
                    Arrived(call.Request.Url.AbsolutePath).TrySetResult();
                    call.Response.StatusCode = Status;
                    call.Response.Close();
                }
                catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
                {
                    return;
                }
            }
        }

        public void Dispose() => _listener.Close();
    }
}
