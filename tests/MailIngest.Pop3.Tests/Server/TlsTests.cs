using System.Net.Security;
using System.Security.Authentication;
using MailIngest.Pop3.Server;
using Xunit;

namespace MailIngest.Pop3.Tests.Server;

/// <summary>RFC 2595 §4 and RFC 8314: STLS and implicit TLS.</summary>
public sealed class TlsTests : ServerTest
{
    [Fact, Trait("Obligation", "67")]
    public async Task STLS_is_announced_before_signing_in_only_and_only_while_it_is_possible()
    {
        Start(Stls);
        var client = await ConnectAsync();
        Assert.Contains("STLS\r\n", (await client.AskBlockAsync("CAPA")).Block);
        AssertOk(await client.AskAsync("STLS"));
        await client.StartTlsAsync();
        Assert.DoesNotContain("STLS", (await client.AskBlockAsync("CAPA")).Block);
        await AskAsync(client, "USER alice", "PASS secret");
        Assert.DoesNotContain("STLS", (await client.AskBlockAsync("CAPA")).Block);
    }

    [Fact, Trait("Obligation", "67")]
    public async Task STLS_is_not_announced_after_signing_in_without_TLS()
    {
        Start(Stls with { CleartextBeforeStls = true });
        var client = await SignInAsync();
        Assert.DoesNotContain("STLS", (await client.AskBlockAsync("CAPA")).Block);
    }

    [Fact, Trait("Obligation", "68")]
    public async Task After_STLS_the_handshake_follows_at_once_and_the_session_is_still_in_AUTHORIZATION()
    {
        Start(Stls);
        var client = await ConnectAsync();
        AssertOk(await client.AskAsync("STLS"));
        await client.StartTlsAsync();
        AssertRefused(await client.AskAsync("STAT"));
        AssertOk((await AskAsync(client, "USER alice", "PASS secret"))[1]);
        AssertOk(await client.AskAsync("STAT"));
    }

    [Fact, Trait("Obligation", "68")]
    public async Task STLS_is_refused_when_TLS_is_active()
    {
        Start(Stls);
        var client = await ConnectAsync();
        await client.AskAsync("STLS");
        await client.StartTlsAsync();
        AssertRefused(await client.AskAsync("STLS"));
    }

    [Fact, Trait("Obligation", "68")]
    public async Task A_USER_sent_before_STLS_is_forgotten()
    {
        Start(Stls with { CleartextBeforeStls = true });
        var client = await ConnectAsync();
        AssertOk(await client.AskAsync("USER alice"));
        AssertOk(await client.AskAsync("STLS"));
        await client.StartTlsAsync();
        AssertRefused(await client.AskAsync("PASS secret"));
    }

    [Fact, Trait("Obligation", "70")]
    public async Task What_was_pipelined_after_STLS_in_plaintext_is_never_executed()
    {
        Start(Stls);
        var client = await ConnectAsync();
        await client.SendAsync("STLS\r\nUSER alice\r\nPASS secret\r\n");
        AssertOk(await client.LineAsync());
        await client.StartTlsAsync();
        AssertRefused(await client.AskAsync("STAT"));
        Assert.Equal(["STLS", "STAT"], Server.Events.Commands().Select(e => e.Verb));
    }

    [Fact, Trait("Obligation", "70")]
    public async Task What_is_no_handshake_ends_the_session()
    {
        Start(Stls);
        var client = await ConnectAsync();
        AssertOk(await client.AskAsync("STLS"));
        await client.SendAsync("CAPA\r\nCAPA\r\nCAPA\r\n");
        await client.RestAsync();
        await Server.SessionsClosedAsync();
        Assert.Empty(Server.Events.Commands("CAPA"));
    }

    [Fact, Trait("Obligation", "73")]
    public async Task Implicit_TLS_greets_after_the_handshake()
    {
        Start(Implicit);
        var client = await ConnectSilentlyAsync();
        var tls = await client.StartTlsAsync();
        Assert.True(tls.SslProtocol is SslProtocols.Tls12 or SslProtocols.Tls13);
        AssertOk(await client.LineAsync());
        AssertRefused(await client.AskAsync("STLS"));
        AssertOk((await AskAsync(client, "USER alice", "PASS secret"))[1]);
    }

    [Theory, Trait("Obligation", "74")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task QUIT_ends_TLS_with_close_notify_and_a_cut_does_not(bool orderly)
    {
        const byte Alert = 21, Data = 23; // RFC 5246 §6.2.1; later versions hide the type of a record
        Start(Implicit with { Faults = orderly ? FaultScript.None : FaultScript.None.At("QUIT").CutAfter() });
        var tap = new Tap((await ConnectSilentlyAsync()).Stream);
        await using var client = new RawClient(tap);
        await client.StartTlsAsync(SslProtocols.Tls12);
        await client.LineAsync();
        AssertOk(await client.AskAsync("QUIT"));
        Assert.Empty(await client.RestAsync());
        Assert.Equal(orderly ? Alert : Data, RecordTypes(tap.Received.ToArray()).Last());

        static IEnumerable<byte> RecordTypes(byte[] octets)
        {
            for (var at = 0; at < octets.Length; at += 5 + (octets[at + 3] << 8) + octets[at + 4])
                yield return octets[at];
        }
    }

    [Fact, Trait("Obligation", "75")]
    public async Task No_client_certificate_is_asked_for()
    {
        Start(Implicit);
        var client = await ConnectSilentlyAsync();
        var asked = false;
        using var tls = new SslStream(client.Stream, leaveInnerStreamOpen: true);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
#pragma warning disable CA5359 // the certificate is made by the test
            RemoteCertificateValidationCallback = (_, _, _, _) => true,
#pragma warning restore CA5359
            LocalCertificateSelectionCallback = (_, _, _, _, issuers) =>
            {
                asked |= issuers.Length > 0;
                return null!;
            },
        });
        Assert.False(asked);
        Assert.False(tls.IsMutuallyAuthenticated);
    }

    [Fact, Trait("Obligation", "76"), Trait("Obligation", "88")]
    public async Task Before_STLS_passwords_are_neither_announced_nor_taken_right_or_wrong()
    {
        Start(Stls);
        var client = await ConnectAsync();
        var (_, capabilities) = await client.AskBlockAsync("CAPA");
        Assert.DoesNotContain("SASL", capabilities);
        Assert.DoesNotContain("USER", capabilities);
        var answers = await AskAsync(client, "USER alice", "PASS secret", "PASS wrong", "AUTH PLAIN",
            "AUTH PLAIN " + Convert.ToBase64String("\0alice\0secret"u8), "AUTH PLAIN " + Convert.ToBase64String("\0alice\0wrong"u8));
        AssertRefused(Assert.Single(answers.Distinct()));
    }

    [Fact, Trait("Obligation", "88")]
    public async Task PLAIN_is_there_under_TLS()
    {
        Start(Stls);
        var client = await ConnectAsync();
        await client.AskAsync("STLS");
        await client.StartTlsAsync();
        Assert.Contains("SASL PLAIN\r\n", (await client.AskBlockAsync("CAPA")).Block);
        AssertOk(await client.AskAsync("AUTH PLAIN " + Convert.ToBase64String("\0alice\0secret"u8)));
    }

    [Theory]
    [InlineData(TlsMode.Implicit)]
    [InlineData(TlsMode.Stls)]
    public void TLS_without_a_certificate_is_refused_at_the_start(TlsMode tls) =>
        Assert.Throws<ArgumentException>(() => Pop3Server.Start(Plain with { Tls = tls }));

    [Fact]
    public async Task Octets_can_be_injected_between_STLS_and_the_handshake()
    {
        Start(Stls with { Faults = FaultScript.None.At("STLS").SaysAfter("+OK injected\r\n") });
        var client = await ConnectAsync();
        AssertOk(await client.AskAsync("STLS"));
        Assert.Equal("+OK injected", await client.LineAsync());
        await client.StartTlsAsync();
        AssertOk(await client.AskAsync("USER alice"));
    }

    /// <summary>Keeps a copy of what is read.</summary>
    sealed class Tap(Stream stream) : Stream
    {
        public MemoryStream Received { get; } = new();

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await stream.ReadAsync(buffer, cancellationToken);
            Received.Write(buffer.Span[..read]);
            return read;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            stream.WriteAsync(buffer, cancellationToken);
        public override Task FlushAsync(CancellationToken cancellationToken) => stream.FlushAsync(cancellationToken);
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override void Flush() => stream.Flush();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
