using System.Diagnostics.CodeAnalysis;
using Azure;
using Azure.Core;

namespace MailIngest.Tests.Blobs;

/// <summary>An answer that no service gave: a status, and an error code when there is one.</summary>
sealed class CannedAnswer(int status, string? errorCode) : Response
{
    public override int Status => status;

    public override string ReasonPhrase => "";

    public override Stream? ContentStream { get; set; } = new MemoryStream();

    public override string ClientRequestId { get; set; } = "";

    public override void Dispose() => ContentStream?.Dispose();

    protected override bool ContainsHeader(string name) => TryGetHeader(name, out _);

    protected override IEnumerable<HttpHeader> EnumerateHeaders() => errorCode is null ? [] : [new HttpHeader("x-ms-error-code", errorCode)];

    protected override bool TryGetHeader(string name, [NotNullWhen(true)] out string? value) =>
        (value = name.Equals("x-ms-error-code", StringComparison.OrdinalIgnoreCase) ? errorCode : null) is not null;

    protected override bool TryGetHeaderValues(string name, [NotNullWhen(true)] out IEnumerable<string>? values) =>
        (values = TryGetHeader(name, out var value) ? [value] : null) is not null;
}
