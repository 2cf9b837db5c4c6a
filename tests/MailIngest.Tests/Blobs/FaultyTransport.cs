using System.Net.Sockets;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;

namespace MailIngest.Tests.Blobs;

/// <summary>Real HTTP with a fault injector: sees every request, may refuse it, and may lose its answer after the service acted on it.</summary>
sealed class FaultyTransport : HttpPipelineTransport
{
    readonly HttpClientTransport _real = new();
    readonly Lock _gate = new();
    readonly List<WireRequest> _requests = [];

    /// <summary>What the real transport throws when nobody listens.</summary>
    internal static RequestFailedException NoConnection => new("Connection refused", new SocketException((int)SocketError.ConnectionRefused));

    /// <summary>What was sent, in order.</summary>
    internal IReadOnlyList<WireRequest> Requests
    {
        get
        {
            lock (_gate)
                return [.. _requests];
        }
    }

    /// <summary>Asked before a request is sent: an exception or null.</summary>
    internal Func<WireRequest, Exception?> Before { get; set; } = _ => null;

    /// <summary>Holds a request up until this has ended.</summary>
    internal Func<WireRequest, Task> Until { get; set; } = _ => Task.CompletedTask;

    /// <summary>Asked when the service has answered: an exception takes the answer's place.</summary>
    internal Func<WireRequest, Exception?> After { get; set; } = _ => null;

    /// <summary>Answers instead of the service; null: the service answers.</summary>
    internal Func<WireRequest, Response?> Instead { get; set; } = _ => null;

    public override Request CreateRequest() => _real.CreateRequest();

    public override void Process(HttpMessage message) => throw new NotSupportedException("Everything here is asynchronous.");

    public override async ValueTask ProcessAsync(HttpMessage message)
    {
        var request = WireRequest.Of(message.Request);
        lock (_gate)
            _requests.Add(request);
        await Until(request).WaitAsync(message.CancellationToken);
        if (Before(request) is { } refused)
            throw refused;
        if (Instead(request) is { } answer)
        {
            message.Response = answer;
            return;
        }

        await _real.ProcessAsync(message);
        if (After(request) is { } lost)
            throw lost;
    }
}

/// <summary>What a request looked like on the wire.</summary>
sealed record WireRequest(string Kind, string? IfNoneMatch, string? ContentMd5, string? Authorization, Uri Address)
{
    /// <summary>Whether it makes a blob visible.</summary>
    internal bool Publishes => Kind is "Put Blob" or "Put Block List";

    internal static WireRequest Of(Request request)
    {
        var address = request.Uri.ToUri();
        var kind = request.Method == RequestMethod.Put
            ? address.Query.Contains("comp=blocklist", StringComparison.Ordinal) ? "Put Block List"
                : address.Query.Contains("comp=block", StringComparison.Ordinal) ? "Put Block" : "Put Blob"
            : request.Method.Method;
        return new WireRequest(kind, Header("If-None-Match"), Header("Content-MD5"), Header("Authorization"), address);

        string? Header(string name) => request.Headers.TryGetValue(name, out var value) ? value : null;
    }
}
