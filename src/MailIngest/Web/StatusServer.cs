using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using MailIngest.Settings;
using MailIngest.Status;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MailIngest.Web;

/// <summary>
/// The one embedded web server: Kestrel's core, which answers GET and HEAD and nothing else. The only file that knows ASP.NET.
/// </summary>
sealed class StatusServer : IAsyncDisposable
{
    /// <summary>The longest that one answer may take to be put together: a ledger that hangs is an answer too.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    readonly WebApplication _app;
    readonly StatusSite _site;

    StatusServer(WebApplication app, StatusSite site, IPEndPoint listens) => (_app, _site, Listens) = (app, site, listens);

    /// <summary>Where it listens; the port is known even when the settings left it to the system (0).</summary>
    public IPEndPoint Listens { get; }

    /// <summary>Starts to serve, unless the settings say not to.</summary>
    /// <returns>Null when nothing is served: disabled, or the default port is taken.</returns>
    /// <exception cref="WebServerException">The address was chosen by the operator and cannot be listened on.</exception>
    public static async Task<StatusServer?> StartAsync(
        WebSettings settings, StatusBoard board, TimeProvider clock, ILogger log, CancellationToken stop)
    {
        if (!settings.Enabled)
            return null;
        var site = new StatusSite(board.ReadAsync, () => board.LastTick, clock);
        try
        {
            var server = await ListenAsync(settings.Listen, site, clock, log, stop);
            log.Serving(server.Listens);
            return server;
        }
        catch (Exception failure) when (failure is IOException or SocketException)
        {
            site.Dispose();
            var problem = $"the web server cannot listen on {settings.Listen}: {failure.GetBaseException().Message.TrimEnd('.')}; "
                + "set web.listen to another port, or web.enabled to false";
            if (!settings.Listen.Equals(new WebSettings().Listen))
                throw new WebServerException(problem, failure);
            log.NotServing(problem);
            return null;
        }
    }

    static async Task<StatusServer> ListenAsync(IPEndPoint listen, StatusSite site, TimeProvider clock, ILogger log, CancellationToken stop)
    {
        var builder = WebApplication.CreateEmptyBuilder(
            new() { ApplicationName = "MailIngest", ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Bound(kestrel, listen));
        // Signals are the worker's: the web server answers until the last poll has ended.
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();
        var app = builder.Build();
        try
        {
            app.Run(http => ServeAsync(http, site, IPAddress.IsLoopback(listen.Address), clock, log));
            await app.StartAsync(stop);
            var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
            return new(app, site, new(listen.Address, new Uri(address).Port));
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    static void Bound(KestrelServerOptions kestrel, IPEndPoint listen)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = 64;
        kestrel.Limits.MaxRequestBodySize = 0;
        kestrel.Limits.MaxRequestLineSize = 2 << 10;
        kestrel.Limits.MaxRequestHeaderCount = 64;
        kestrel.Limits.MaxRequestHeadersTotalSize = 16 << 10;
        kestrel.Limits.MaxRequestBufferSize = 32 << 10;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5);
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(75);
        kestrel.Listen(listen, at => at.Protocols = HttpProtocols.Http1);
    }

    static async Task ServeAsync(HttpContext http, StatusSite site, bool loopback, TimeProvider clock, ILogger log)
    {
        var answer = await AnswerAsync(http, site, loopback, clock, log);
        var headers = http.Response.Headers;
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = StatusPage.ContentSecurityPolicy;
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.XFrameOptions = "DENY";
        if (answer.Status == 405)
            headers.Allow = "GET, HEAD";

        var body = answer.Body;
        headers.Vary = "Accept-Encoding";
        if (body.Length > 4 << 10 && http.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.OrdinalIgnoreCase))
        {
            body = Compressed(body);
            headers.ContentEncoding = "gzip";
        }
        http.Response.StatusCode = answer.Status;
        http.Response.ContentType = answer.ContentType;
        http.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(http.Request.Method))
            await http.Response.Body.WriteAsync(body, http.RequestAborted);
    }

    static async Task<Answer> AnswerAsync(HttpContext http, StatusSite site, bool loopback, TimeProvider clock, ILogger log)
    {
        if (!HttpMethods.IsGet(http.Request.Method) && !HttpMethods.IsHead(http.Request.Method))
            return Answer.Plain(405, "Only GET and HEAD.\n");
        // A page on the Internet whose name was made to point to this machine (DNS rebinding) must not read the status with the operator's
        // browser.
        if (loopback && !IsThisMachine(http.Request.Host.Host))
            return Answer.Plain(421,
                "This server answers to localhost only; a proxy in front of it must send the Host header localhost.\n");
        using var patience = new CancellationTokenSource(Patience, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, http.RequestAborted);
        try
        {
            return await site.AnswerAsync(http.Request.Path.Value ?? "/", both.Token);
        }
        catch (OperationCanceledException)
        {
            return Answer.Plain(503, $"not ready\nledger: no answer within {Patience.TotalSeconds:0} s\n");
        }
        catch (Exception bug)
        {
            log.Bug(bug);
            return Answer.Plain(500, "A bug in MailIngest: see its log.\n");
        }
    }

    static bool IsThisMachine(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    static byte[] Compressed(byte[] body)
    {
        var compressed = new MemoryStream(body.Length / 8);
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(body);
        return compressed.ToArray();
    }

    public async ValueTask DisposeAsync()
    {
        // Whoever is being answered is cut off: nobody waits for a watcher.
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
        _site.Dispose();
    }

    sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
