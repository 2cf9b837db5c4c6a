using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MailIngest.SystemTests.Faults;

/// <summary>Where the proxy cuts the connection.</summary>
internal enum CutAt
{
    /// <summary>Before the request is forwarded: the store never hears of it.</summary>
    BeforeTheRequest,

    /// <summary>The store has answered, and nothing of the answer arrives.</summary>
    BeforeTheAnswer,

    /// <summary>The first half of the answer arrives.</summary>
    InTheAnswer,
}

/// <summary>One request as it passed: what it does, to which blob.</summary>
internal sealed record StoreRequest(string Kind, string Blob)
{
    public bool Sends => Kind is "Put Blob" or "Put Block" or "Put Block List";

    public static StoreRequest Of(string method, string target)
    {
        var (path, query) = target.Split('?') is [var before, var after] ? (before, after) : (target, "");
        var kind = method != "PUT" ? method
            : query.Contains("comp=blocklist", StringComparison.Ordinal) ? "Put Block List"
            : query.Contains("comp=block", StringComparison.Ordinal) ? "Put Block" : "Put Blob";
        // "/ACCOUNT/CONTAINER/NAME..."
        return new(kind, Uri.UnescapeDataString(string.Join('/', path.Split('/').Skip(3))));
    }

    public override string ToString() => $"{Kind} {Blob}";
}

/// <summary>Stands between the worker and the storage emulator on a loopback port: writes the requests down, and cuts the connection at
/// one of them.</summary>
internal sealed class StoreProxy : IAsyncDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource _stopping = new();
    readonly List<StoreRequest> _requests = [];
    readonly List<Task> _connections = [];
    readonly IPEndPoint _store;
    readonly Task _accepting;
    HashSet<string> _there = [];
    (int Request, CutAt At)? _cut;
    int _begun;

    /// <param name="connectionString">The emulator's.</param>
    public StoreProxy(string connectionString)
    {
        var endpoint = new Uri(connectionString.Split("BlobEndpoint=")[1].TrimEnd(';'));
        _store = new(IPAddress.Parse(endpoint.Host), endpoint.Port);
        _listener.Start();
        ConnectionString = connectionString.Replace(
            string.Create(CultureInfo.InvariantCulture, $":{endpoint.Port}/"), string.Create(CultureInfo.InvariantCulture, $":{Port}/"),
            StringComparison.Ordinal);
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The emulator's, by way of the proxy.</summary>
    public string ConnectionString { get; }

    /// <summary>What has passed since <see cref="Begin"/>.</summary>
    public IReadOnlyList<StoreRequest> Requests
    {
        get
        {
            lock (_requests)
                return [.. _requests.Skip(_begun)];
        }
    }

    /// <summary>Requests since <see cref="Begin"/> that sent, or sent a part of, a blob that was there.</summary>
    public int Repeated => Requests.Count(request => request.Sends && _there.Contains(request.Blob));

    /// <summary>Counts from here on, with these blobs there, and cuts at the n-th request from here, or at none.</summary>
    public void Begin(IEnumerable<string> there, (int Request, CutAt At)? cut = null)
    {
        lock (_requests)
            (_there, _cut, _begun) = ([.. there], cut, _requests.Count);
    }

    async Task AcceptAsync()
    {
        while (true)
        {
            TcpClient worker;
            try
            {
                worker = await _listener.AcceptTcpClientAsync(_stopping.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            _connections.RemoveAll(connection => connection.IsCompleted);
            _connections.Add(Task.Run(() => ServeAsync(worker)));
        }
    }

    async Task ServeAsync(TcpClient worker)
    {
        using var _ = worker;
        using var store = new TcpClient();
        try
        {
            await store.ConnectAsync(_store, _stopping.Token);
            worker.NoDelay = store.NoDelay = true;
            var (asked, answered) = (new HttpReader(worker.GetStream()), new HttpReader(store.GetStream()));
            while (await asked.ReadAsync(hasBody: true, _stopping.Token) is { } request)
            {
                var line = Encoding.ASCII.GetString(request.AsSpan(0, request.AsSpan().IndexOf("\r\n"u8))).Split(' ');
                var cut = Note(StoreRequest.Of(line[0], line[1]));
                if (cut == CutAt.BeforeTheRequest)
                    return;
                await store.GetStream().WriteAsync(request, _stopping.Token);
                if (await answered.ReadAsync(hasBody: line[0] != "HEAD", _stopping.Token) is not { } answer || cut == CutAt.BeforeTheAnswer)
                    return;
                await worker.GetStream().WriteAsync(cut is null ? answer : answer.AsMemory(0, answer.Length / 2), _stopping.Token);
                if (cut is not null)
                    return;
            }
        }
        catch (Exception gone) when (gone is IOException or SocketException or OperationCanceledException)
        {
            // The worker was killed, or the proxy is at its end: this connection is over.
        }
    }

    CutAt? Note(StoreRequest request)
    {
        lock (_requests)
        {
            _requests.Add(request);
            return _cut is { } cut && _requests.Count - _begun == cut.Request ? cut.At : null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _accepting;
        await Task.WhenAll(_connections);
        _listener.Dispose();
        _stopping.Dispose();
    }
}
