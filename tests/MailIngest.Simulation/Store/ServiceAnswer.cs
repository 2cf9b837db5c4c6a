using System.Diagnostics.CodeAnalysis;
using Azure;
using Azure.Core;

namespace MailIngest.Simulation.Store;

/// <summary>An answer of the simulated service.</summary>
sealed class ServiceAnswer(int status, string? errorCode = null) : Response
{
    readonly Dictionary<string, string> _headers = errorCode is null
        ? new(StringComparer.OrdinalIgnoreCase)
        : new(StringComparer.OrdinalIgnoreCase) { ["x-ms-error-code"] = errorCode };

    public override int Status => status;

    public override string ReasonPhrase => "";

    public override Stream? ContentStream { get; set; } = Stream.Null;

    public override string ClientRequestId { get; set; } = "";

    public ServiceAnswer With(string header, string value)
    {
        _headers[header] = value;
        return this;
    }

    public override void Dispose()
    {
    }

    protected override bool ContainsHeader(string name) => _headers.ContainsKey(name);

    protected override IEnumerable<HttpHeader> EnumerateHeaders() => _headers.Select(header => new HttpHeader(header.Key, header.Value));

    protected override bool TryGetHeader(string name, [NotNullWhen(true)] out string? value) => _headers.TryGetValue(name, out value);

    protected override bool TryGetHeaderValues(string name, [NotNullWhen(true)] out IEnumerable<string>? values)
    {
        values = _headers.TryGetValue(name, out var value) ? [value] : null;
        return values is not null;
    }
}
