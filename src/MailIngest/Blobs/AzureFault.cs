using Azure;
using Azure.Identity;

namespace MailIngest.Blobs;

/// <summary>What went wrong between us and the service, in one sentence with its remedy; judged by status and error code, never by prose.</summary>
static class AzureFault
{
    /// <summary>Whether this is the service's, the network's or the sign-in's failure, and not our own or a cancellation.</summary>
    internal static bool Is(Exception e, CancellationToken stop) => e switch
    {
        OperationCanceledException => !stop.IsCancellationRequested,
        AggregateException many => many.InnerExceptions.All(one => Is(one, stop)),
        _ => e is RequestFailedException or AuthenticationFailedException or HttpRequestException or IOException or TimeoutException,
    };

    /// <summary>Whether the service, or our own sign-in, clearly refused: then this request stored nothing.</summary>
    internal static bool IsRefusal(Exception e) => e switch
    {
        AuthenticationFailedException => true,
        RequestFailedException { Status: 409 } refused => refused.ErrorCode != "BlobAlreadyExists",
        RequestFailedException refused => refused.Status is >= 400 and < 500 and not (408 or 412 or 429),
        _ => false,
    };

    /// <summary>Whether a refusal can be about a blob that has the name already, perhaps from a request of ours whose answer was lost: a permission to
    /// create only (UnauthorizedBlobOverwrite), an immutability policy, a lease. What a container holds that is being deleted does not count.</summary>
    internal static bool MayHideTheBlob(Exception e) =>
        e is RequestFailedException { Status: 403 or 409, ErrorCode: not "ContainerBeingDeleted" };

    /// <summary>The sentence.</summary>
    /// <param name="place">The store.</param>
    /// <param name="tried">What was tried, "writing blob …".</param>
    /// <param name="e">What came.</param>
    /// <param name="isTransient">When known better than the answer tells.</param>
    internal static BlobStoreException Explain(string place, string tried, Exception e, bool? isTransient = null)
    {
        var (said, remedy, transient) = e switch
        {
            AggregateException { InnerExceptions: [.., var last] } => Read(last),
            _ => Read(e),
        };
        return new BlobStoreException($"{char.ToUpperInvariant(place[0])}{place[1..]}: {tried} failed: {said}; {remedy}.", e, isTransient ?? transient);
    }

    static (string Said, string Remedy, bool IsTransient) Read(Exception e) => e switch
    {
        RequestFailedException { Status: 0 } => Unreachable(e),
        RequestFailedException answer => Read(answer, $"the service answered {answer.Status} {Word(answer.ErrorCode)}".TrimEnd()),
        CredentialUnavailableException => ("no Azure credential was found",
            "give the workload an identity, or set a connection string or a SAS address", false),
        AuthenticationFailedException => ("signing in to Azure failed",
            "check the workload or managed identity, its tenant and its client id", false),
        OperationCanceledException or TimeoutException => ("no answer in time", "it is tried again; check the network when it lasts", true),
        _ => Unreachable(e),
    };

    static (string, string, bool) Unreachable(Exception e) =>
        ($"the endpoint cannot be reached ({Line(e.GetBaseException().Message)})", "check the address, DNS, proxy and firewall", true);

    static (string, string, bool) Read(RequestFailedException answer, string said) => (answer.Status, answer.ErrorCode) switch
    {
        (404, "ContainerNotFound") => (said, "create the container, or correct its name in the settings", false),
        (404, _) => (said, "there is no such blob", false),
        (409, "ContainerBeingDeleted") => (said, "the container is being deleted: wait, then create it again", true),
        (409, "BlobImmutableDueToPolicy") => (said, "an immutability policy forbids it: allow new blobs in this container", false),
        (409 or 412, "LeaseIdMissing" or "LeaseIdMismatchWithBlobOperation") => (said, "somebody holds a lease on the blob: break it", false),
        (401, _) or (403, "AuthenticationFailed") =>
            (said, "the credential is not accepted: check the account key, or the SAS and its expiry, or the identity, and this machine's clock", false),
        (403, _) => (said, "the credential lacks the permission: give it read, create and write here (role Storage Blob Data Contributor)", false),
        (400, "InvalidHeaderValue") => (said, "an emulator may not know this API version: start Azurite with --skipApiVersionCheck", false),
        (400, "Md5Mismatch" or "InvalidOperation") => (said, "the octets changed on their way: check memory and network", true),
        (408 or 429 or >= 500, _) => (said, "the service is busy or unwell: it is tried again", true),
        _ => (said, "nothing was stored; look the code up in the documentation of Azure Blob Storage", false),
    };

    // An error code is a word; whatever else a proxy put there is not for a log line.
    static string Word(string? code) => code is not null && code.Length <= 64 && code.All(char.IsAsciiLetterOrDigit) ? code : "";

    static string Line(string message)
    {
        var end = message.AsSpan().IndexOfAny('\r', '\n');
        var line = end < 0 ? message : message[..end];
        return line.Length > 160 ? $"{line[..160]}…" : line;
    }
}
