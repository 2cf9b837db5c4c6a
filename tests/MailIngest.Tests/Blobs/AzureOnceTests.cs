using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs;
using MailIngest.Blobs;
using Xunit;

namespace MailIngest.Tests.Blobs;

/// <summary>A request that publishes is sent once, whichever way the client sends it.</summary>
public sealed class AzureOnceTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Inside_Once_nothing_is_repeated(bool async)
    {
        var wire = new CountingTransport(503);
        using (RepeatableOnly.Once())
            Assert.Equal(503, await SendAsync(wire, async));
        Assert.Equal(1, wire.Sent);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Outside_of_it_a_refusal_is_taken_for_an_answer(bool async)
    {
        var wire = new CountingTransport(400);
        Assert.Equal(400, await SendAsync(wire, async));
        Assert.Equal(1, wire.Sent);
    }

    static async Task<int> SendAsync(CountingTransport wire, bool async)
    {
        var pipeline = HttpPipelineBuilder.Build(new BlobClientOptions { Transport = wire, RetryPolicy = new RepeatableOnly() });
        using var message = pipeline.CreateMessage();
        message.Request.Uri.Reset(new Uri("http://127.0.0.1/"));
        if (async)
            await pipeline.SendAsync(message, TestContext.Current.CancellationToken);
        else
            pipeline.Send(message, TestContext.Current.CancellationToken);
        return message.Response.Status;
    }

    sealed class CountingTransport(int status) : HttpPipelineTransport
    {
        readonly HttpClientTransport _real = new();

        public int Sent { get; private set; }

        public override Request CreateRequest() => _real.CreateRequest();

        public override void Process(HttpMessage message)
        {
            Sent++;
            message.Response = new CannedAnswer(status, null);
        }

        public override ValueTask ProcessAsync(HttpMessage message)
        {
            Process(message);
            return ValueTask.CompletedTask;
        }
    }
}
