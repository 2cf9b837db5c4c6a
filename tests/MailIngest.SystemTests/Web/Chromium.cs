using System.Net.WebSockets;
using System.Text.Json.Nodes;
using MailIngest.SystemTests.Servers;
using Xunit;

namespace MailIngest.SystemTests.Web;

/// <summary>A real headless Chromium with one page, driven by the DevTools protocol.</summary>
sealed class Chromium : IAsyncDisposable
{
    readonly string _profile;
    readonly ServerProcess _process;
    readonly ClientWebSocket _socket = new();
    int _lastId;

    Chromium(string profile, ServerProcess process) => (_profile, _process) = (profile, process);

    public const string Missing = "chromium is not installed (apt-get install chromium)";

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Starts the browser; skips the running test where there is none.</summary>
    public static async Task<Chromium> StartAsync(int width = 1280, int height = 900)
    {
        Assert.SkipWhen(Programs.Chromium is null, Missing);
        var profile = Directory.CreateTempSubdirectory("mailingest-chromium-").FullName;
        var process = ServerProcess.Start(Programs.Chromium!,
        [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars", "--remote-debugging-port=0",
            $"--user-data-dir={profile}", "about:blank",
        ], profile);
        var browser = new Chromium(profile, process);
        try
        {
            var line = await process.LineAsync("DevTools listening on ", Stop);
            var address = new Uri(line[line.IndexOf("ws://", StringComparison.Ordinal)..].Trim());
            using var http = new HttpClient();
            var page = JsonNode.Parse(await (
                await http.PutAsync($"http://{address.Authority}/json/new?about:blank", null, Stop)).Content.ReadAsStringAsync(Stop))!;
            await browser._socket.ConnectAsync(new((string)page["webSocketDebuggerUrl"]!), Stop);
            await browser.AskAsync("Page.enable");
            await browser.AskAsync("Runtime.enable");
            await browser.SizeAsync(width, height);
            return browser;
        }
        catch
        {
            await browser.DisposeAsync();
            throw;
        }
    }

    /// <summary>The size of the window in CSS pixels; a phone below 500 wide.</summary>
    public Task SizeAsync(int width, int height) => AskAsync("Emulation.setDeviceMetricsOverride", new()
    {
        ["width"] = width, ["height"] = height, ["deviceScaleFactor"] = 1, ["mobile"] = width < 500,
    });

    public Task DarkAsync(bool dark) => AskAsync("Emulation.setEmulatedMedia", new()
    {
        ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = dark ? "dark" : "light" }),
    });

    public Task WithoutJavaScriptAsync() => AskAsync("Emulation.setScriptExecutionDisabled", new() { ["value"] = true });

    /// <summary>Goes there and waits until all is loaded.</summary>
    public async Task GoAsync(Uri address)
    {
        await AskAsync("Page.navigate", new() { ["url"] = address.AbsoluteUri });
        await UntilAsync($"location.href === '{address.AbsoluteUri}' && document.readyState === 'complete'");
    }

    /// <summary>The value of a JavaScript expression. It works on pages whose own scripts are off, too.</summary>
    public async Task<JsonNode?> EvaluateAsync(string expression)
    {
        var answer = await AskAsync(
            "Runtime.evaluate", new() { ["expression"] = expression, ["returnByValue"] = true, ["awaitPromise"] = true });
        Assert.True(answer["exceptionDetails"] is null, answer.ToJsonString());
        return answer["result"]!["value"];
    }

    /// <summary>Waits until the expression is true, a minute at most; with the page's text when it does not become so.</summary>
    public async Task UntilAsync(string expression)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        patience.CancelAfter(TimeSpan.FromMinutes(1));
        while (!await IsTrueAsync(expression))
        {
            if (patience.IsCancellationRequested)
                Assert.Fail($"{expression} did not become true; the page says:\n{await EvaluateAsync("document.body.innerText")}");
            await Task.Delay(20, Stop);
        }
    }

    /// <summary>A page that is just being left for another one answers nothing: not true yet.</summary>
    async Task<bool> IsTrueAsync(string expression)
    {
        var answer = await SendAsync("Runtime.evaluate", new() { ["expression"] = $"!!({expression})", ["returnByValue"] = true });
        return (bool?)answer["result"]?["result"]?["value"] == true;
    }

    public async Task<byte[]> ScreenshotAsync() =>
        Convert.FromBase64String((string)(await AskAsync("Page.captureScreenshot", new() { ["format"] = "png" }))["data"]!);

    async Task<JsonNode> AskAsync(string method, JsonObject? parameters = null)
    {
        var answer = await SendAsync(method, parameters);
        Assert.True(answer["error"] is null, $"{method}: {answer.ToJsonString()}");
        return answer["result"]!;
    }

    async Task<JsonNode> SendAsync(string method, JsonObject? parameters)
    {
        var id = ++_lastId;
        var question = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters ?? [] };
        await _socket.SendAsync(
            System.Text.Encoding.UTF8.GetBytes(question.ToJsonString()), WebSocketMessageType.Text, endOfMessage: true, Stop);
        while (true)
        {
            var message = await ReceiveAsync();
            if ((int?)message["id"] == id)
                return message; // all others are events
        }
    }

    async Task<JsonNode> ReceiveAsync()
    {
        var whole = new MemoryStream();
        var buffer = new byte[64 << 10];
        while (true)
        {
            var part = await _socket.ReceiveAsync(buffer, Stop);
            whole.Write(buffer, 0, part.Count);
            if (part.EndOfMessage)
                return JsonNode.Parse(whole.GetBuffer().AsSpan(0, (int)whole.Length))!;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _process.DisposeAsync();
        Directory.Delete(_profile, recursive: true);
    }
}
