using System.Net.Sockets;
using Azure;
using Azure.Identity;
using MailIngest.Blobs;
using Xunit;

namespace MailIngest.Tests.Blobs;

/// <summary>What the service, the network or the sign-in said, as one sentence with its remedy: exceptions in, words out.</summary>
public sealed class AzureFaultTests
{
    [Theory]
    [InlineData(404, "ContainerNotFound", "create the container", false)]
    [InlineData(404, "BlobNotFound", "there is no such blob", false)]
    [InlineData(409, "ContainerBeingDeleted", "wait, then create it again", true)]
    [InlineData(409, "BlobImmutableDueToPolicy", "an immutability policy forbids it", false)]
    [InlineData(409, "LeaseIdMissing", "somebody holds a lease", false)]
    [InlineData(412, "LeaseIdMismatchWithBlobOperation", "somebody holds a lease", false)]
    [InlineData(401, "NoAuthenticationInformation", "the credential is not accepted", false)]
    [InlineData(403, "AuthenticationFailed", "the credential is not accepted", false)]
    [InlineData(403, "AuthorizationPermissionMismatch", "lacks the permission", false)]
    [InlineData(400, "InvalidHeaderValue", "--skipApiVersionCheck", false)]
    [InlineData(400, "Md5Mismatch", "changed on their way", true)]
    [InlineData(400, "InvalidOperation", "changed on their way", true)]
    [InlineData(400, "OutOfRangeInput", "look the code up", false)]
    [InlineData(408, null, "it is tried again", true)]
    [InlineData(429, null, "it is tried again", true)]
    [InlineData(503, "ServerBusy", "it is tried again", true)]
    [InlineData(409, "SomethingElse", "look the code up", false)]
    [InlineData(412, "ConditionNotMet", "look the code up", false)]
    public void Each_answer_is_one_sentence_with_its_remedy(int status, string? code, string remedy, bool transient)
    {
        var failure = Explain(new RequestFailedException(status, "prose that nobody reads", code, null));

        Assert.StartsWith($"Container mail: writing blob x failed: the service answered {status}", failure.Message, StringComparison.Ordinal);
        Assert.Contains(code ?? "", failure.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("prose", failure.Message, StringComparison.Ordinal);
        Assert.Equal(transient, failure.IsTransient);
    }

    public static TheoryData<Exception, string, bool> WithoutAnswer => new()
    {
        { new CredentialUnavailableException("none"), "no Azure credential was found; give the workload an identity", false },
        { new AuthenticationFailedException("no"), "signing in to Azure failed; check the workload", false },
        { new OperationCanceledException(), "no answer in time", true },
        { new TimeoutException(), "no answer in time", true },
        { new HttpRequestException("refused", new SocketException((int)SocketError.ConnectionRefused)), "the endpoint cannot be reached", true },
        { new IOException("reset"), "the endpoint cannot be reached (reset)", true },
        { new RequestFailedException(0, "nobody listens"), "the endpoint cannot be reached (nobody listens)", true },
        { new AggregateException(new TimeoutException(), new AuthenticationFailedException("no")), "signing in to Azure failed", false },
        { new AggregateException(), "the endpoint cannot be reached", true },
    };

    [Theory, MemberData(nameof(WithoutAnswer), DisableDiscoveryEnumeration = true)]
    public void What_never_got_an_answer_is_told_too_and_of_many_tries_the_last(Exception exception, string told, bool transient)
    {
        var failure = Explain(exception);

        Assert.Contains(told, failure.Message, StringComparison.Ordinal);
        Assert.Equal((transient, exception), (failure.IsTransient, failure.InnerException));
    }

    [Theory]
    [InlineData("Not a word: <html>")]
    [InlineData("ThisWordIsLongerThanAnyErrorCodeThatTheServiceEverGaveToAnybodyAnywhere")]
    public void A_code_that_is_no_word_is_left_out_of_the_line(string code) =>
        Assert.Contains("the service answered 500; the service is busy", Explain(new RequestFailedException(500, "", code, null)).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("one\r\ntwo", "(one)")]
    [InlineData("one\ntwo", "(one)")]
    public void Of_what_the_network_says_the_first_line_is_told(string said, string told) =>
        Assert.Contains(told, Explain(new IOException(said)).Message, StringComparison.Ordinal);

    [Fact]
    public void What_the_network_says_at_length_is_cut() =>
        Assert.Contains($"({new string('x', 160)}…)", Explain(new IOException(new string('x', 161))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_cancellation_is_ours_and_a_time_out_is_the_services()
    {
        Assert.False(AzureFault.Is(new OperationCanceledException(), new CancellationToken(canceled: true)));
        Assert.True(AzureFault.Is(new OperationCanceledException(), CancellationToken.None));
    }

    [Fact]
    public void Many_tries_are_a_fault_of_the_service_when_each_of_them_was()
    {
        Assert.True(AzureFault.Is(new AggregateException(new IOException(), new TimeoutException()), CancellationToken.None));
        Assert.False(AzureFault.Is(new AggregateException(new IOException(), new InvalidCastException()), CancellationToken.None));
        Assert.False(AzureFault.Is(new InvalidCastException(), CancellationToken.None));
    }

    [Theory]
    [InlineData(400, true)]
    [InlineData(403, true)]
    [InlineData(408, false)]
    [InlineData(412, false)]
    [InlineData(429, false)]
    [InlineData(500, false)]
    [InlineData(0, false)]
    public void A_refusal_is_what_proves_that_nothing_was_stored(int status, bool refusal) =>
        Assert.Equal(refusal, AzureFault.IsRefusal(new RequestFailedException(status, "")));

    [Fact]
    public void A_sign_in_that_failed_stored_nothing_and_a_lost_connection_proves_nothing()
    {
        Assert.True(AzureFault.IsRefusal(new AuthenticationFailedException("no")));
        Assert.False(AzureFault.IsRefusal(new IOException("reset")));
        Assert.False(AzureFault.IsRefusal(new RequestFailedException(409, "", "BlobAlreadyExists", null)));
    }

    static BlobStoreException Explain(Exception exception) => AzureFault.Explain("container mail", "writing blob x", exception);
}
