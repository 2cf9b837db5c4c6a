using System.Net;
using System.Net.Sockets;
using System.Text;
using MailIngest.Ledger;
using MailIngest.Settings;
using MailIngest.Status;
using MailIngest.Tests.Polling;
using MailIngest.Web;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailIngest.Tests.Web;

/// <summary>The embedded web server, over loopback.</summary>
public sealed class StatusServerTests : IAsyncLifetime
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mailingest-web-");
    readonly FakeTimeProvider _clock = new(A.Noon);
    readonly CapturedLog _log = new();
    UniqueIdLedger _ledger = null!;
    StatusBoard _board = null!;
    StatusServer _server = null!;
    HttpClient _http = null!;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _ledger = await UniqueIdLedger.OpenAsync(Path.Combine(_folder.FullName, "ledger.db"), _clock, Stop);
        _board = new(_ledger, () => null, _clock);
        _board.Configure([A.Mailbox()], []);
        _server = (await StartAsync(new() { Listen = new(IPAddress.Loopback, 0) }))!;
        _http = new() { BaseAddress = new($"http://{_server.Listens}/") };
    }

    [Fact]
    public async Task The_four_addresses_answer_and_others_do_not()
    {
        Assert.Equal("live\n", await _http.GetStringAsync("livez", Stop));
        Assert.StartsWith("ready\n", await _http.GetStringAsync("readyz", Stop), StringComparison.Ordinal);
        Assert.Contains("mailingest_build_info{version=", await _http.GetStringAsync("metrics", Stop), StringComparison.Ordinal);
        Assert.Contains("<h1>The mailbox is fine</h1>", await _http.GetStringAsync("", Stop), StringComparison.Ordinal);
        foreach (var elsewhere in (string[])["favicon.ico", "metrics/", "%2e%2e/etc/passwd", "LIVEZ"])
            Assert.Equal(HttpStatusCode.NotFound, (await _http.GetAsync(elsewhere, Stop)).StatusCode);
    }

    [Fact]
    public async Task A_scheduler_that_stopped_fails_the_liveness_probe_and_no_other()
    {
        _clock.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await _http.GetAsync("livez", Stop)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await _http.GetAsync("readyz", Stop)).StatusCode);

        _board.Ticked();
        Assert.Equal(HttpStatusCode.OK, (await _http.GetAsync("livez", Stop)).StatusCode);
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    [InlineData("TRACE")]
    public async Task Nothing_but_GET_and_HEAD_is_understood(string method)
    {
        using var answer = await _http.SendAsync(new(new(method), "livez"), Stop);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        Assert.Equal("GET, HEAD", string.Join(", ", answer.Content.Headers.Allow));
    }

    [Fact]
    public async Task HEAD_has_the_head_and_no_body()
    {
        using var answer = await _http.SendAsync(new(HttpMethod.Head, ""), Stop);
        Assert.InRange(answer.Content.Headers.ContentLength!.Value, 1_000, 100_000);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync(Stop));
    }

    [Theory]
    [InlineData("")]
    [InlineData("livez")]
    [InlineData("nowhere")]
    public async Task Every_answer_forbids_what_a_browser_could_be_made_to_do_with_it(string path)
    {
        using var answer = await _http.GetAsync(path, Stop);
        Assert.Equal("nosniff", Header(answer, "X-Content-Type-Options"));
        Assert.Equal("no-store", Header(answer, "Cache-Control"));
        Assert.Equal("no-referrer", Header(answer, "Referrer-Policy"));
        var policy = Header(answer, "Content-Security-Policy");
        Assert.StartsWith("default-src 'none'; style-src 'sha256-", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.False(answer.Headers.Contains("Server"));
    }

    [Theory]
    [InlineData("evil.example", HttpStatusCode.MisdirectedRequest)]
    [InlineData("127.0.0.1.evil.example", HttpStatusCode.MisdirectedRequest)]
    [InlineData("localhost", HttpStatusCode.OK)]
    [InlineData("[::1]:8110", HttpStatusCode.OK)]
    public async Task On_loopback_a_name_of_the_Internet_is_not_answered(string host, HttpStatusCode status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "");
        request.Headers.Host = host;
        Assert.Equal(status, (await _http.SendAsync(request, Stop)).StatusCode);
    }

    [Theory]
    [InlineData("POST /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n", "HTTP/1.1 405")]
    [InlineData("GET /{3000} HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 414")]
    [InlineData("GET / HTTP/1.1\r\nHost: localhost\r\nX: {20000}\r\n\r\n", "HTTP/1.1 431")]
    [InlineData("nonsense\r\n\r\n", "HTTP/1.1 400")]
    public async Task Too_much_of_anything_is_refused(string request, string answer)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(_server.Listens, Stop);
        var stream = client.GetStream();
        foreach (var size in (int[])[3000, 20000])
            request = request.Replace($"{{{size}}}", new string('x', size), StringComparison.Ordinal);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), Stop);

        using var reader = new StreamReader(stream);
        Assert.StartsWith(answer, await reader.ReadLineAsync(Stop), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_was_chosen_and_is_taken_is_an_error_that_says_what_to_do()
    {
        var error = await Assert.ThrowsAsync<WebServerException>(() => StartAsync(new() { Listen = _server.Listens }));
        Assert.Contains($"cannot listen on {_server.Listens}", error.Message, StringComparison.Ordinal);
        Assert.Contains("set web.listen to another port", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_default_port_that_is_taken_is_a_warning_and_mail_is_polled_all_the_same()
    {
        // Whoever has it, this test or another program: it is taken.
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            taken.Bind(new WebSettings().Listen);
            taken.Listen();
        }
        catch (SocketException)
        {
            // another program has it
        }

        Assert.Null(await StartAsync(new()));

        Assert.Contains(_log.Lines, line => line.StartsWith("the web server cannot listen on 127.0.0.1:8110", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_disabled_server_does_not_start() => Assert.Null(await StartAsync(new() { Enabled = false }));

    static string Header(HttpResponseMessage answer, string name) => string.Join(", ", answer.Headers.GetValues(name));

    Task<StatusServer?> StartAsync(WebSettings settings) => StatusServer.StartAsync(settings, _board, _clock, _log, Stop);

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
        await _ledger.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
