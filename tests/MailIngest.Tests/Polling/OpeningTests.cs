using System.Net.Sockets;
using MailIngest.Ledger;
using MailIngest.Polling;
using MailIngest.Pop3;
using MailIngest.Pop3.Server;
using MailIngest.Tests.DeliveryPromise;
using Xunit;

namespace MailIngest.Tests.Polling;

/// <summary>What is tried again at once, what a failure is called, what a refused sign-in means: exceptions in, decisions out.</summary>
public class OpeningTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<Exception, int> Failures => new()
    {
        { new IOException("no such host", new SocketException((int)SocketError.HostNotFound)), 1 },
        { new IOException("for now", new SocketException((int)SocketError.TryAgain)), 3 },
        { new IOException("refused", new SocketException((int)SocketError.ConnectionRefused)), 3 },
        { new IOException("lost"), 3 },
        { new TimeoutException("late"), 3 },
        { new InvalidOperationException("a bug"), 1 },
    };

    [Theory, MemberData(nameof(Failures), DisableDiscoveryEnumeration = true)]
    public async Task What_may_pass_is_tried_three_times_and_a_host_that_does_not_exist_once(Exception failure, int times)
    {
        var tried = 0;
        var retries = new Retries(TimeProvider.System, new ImpatientClock());
        var thrown = await Assert.ThrowsAnyAsync<Exception>(() => retries.OpenAsync(_ =>
        {
            tried++;
            throw failure;
        }, Stop).AsTask());
        Assert.Equal((failure, times), (thrown, tried));
    }

    [Theory]
    [InlineData("no", PollResult.Auth, ExitCode.SignInRefused, "check username and password in sales.json")]
    [InlineData("[AUTH] no", PollResult.Auth, ExitCode.SignInRefused, "check username and password in sales.json")]
    [InlineData("[IN-USE] no", PollResult.Busy, ExitCode.Temporary, "another session has the maildrop open")]
    [InlineData("[LOGIN-DELAY] no", PollResult.Busy, ExitCode.Temporary, "poll less often")]
    [InlineData("[SYS/TEMP] no", PollResult.Protocol, ExitCode.Temporary, "its trouble passes")]
    [InlineData("[SYS/PERM] no", PollResult.Protocol, ExitCode.SignInRefused, "ask who runs it")]
    [InlineData("[XYZZY] no", PollResult.Protocol, ExitCode.Temporary, "the next poll tries again")]
    public async Task A_refused_sign_in_is_told_by_its_code_with_what_to_do(string answer, PollResult result, int code, string remedy)
    {
        var failure = PollFailure.From(await RefusalAsync(answer), A.Mailbox())!;
        Assert.Equal((result, code), (failure.Result, failure.Code));
        Assert.Contains(remedy, failure.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mechanism_that_the_server_cannot_do_is_told_with_the_key_to_change()
    {
        var unusable = await Assert.ThrowsAsync<Pop3SignInException>(() => OpenAsync(FaultScript.None, SignInMechanism.Apop));
        var failure = PollFailure.From(unusable, A.Mailbox())!;
        Assert.Equal((PollResult.Auth, ExitCode.SignInRefused), (failure.Result, failure.Code));
        Assert.EndsWith("check auth in sales.json", failure.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bug_is_not_explained_away() => Assert.Null(PollFailure.From(new InvalidOperationException("a bug"), A.Mailbox()));

    [Theory]
    [InlineData("no", 1, 4, "00:15:00")]
    [InlineData("no", 2, 4, "02:00:00")]
    [InlineData("no", 3, 4, "08:00:00")]
    [InlineData("no", 4, 4, "1.00:00:00")]
    [InlineData("[AUTH] no", 3, 4, null)]
    public async Task The_pauses_after_refusals_in_a_row_grow_and_a_code_that_means_the_password_needs_none(
        string answer, int refusals, int attempts, string? pause)
    {
        var refused = await RefusalAsync(answer);
        var traits = new MailboxTraits { SignInMark = "mark", SignInRefusals = refusals - 1 };
        var after = SignInRule.Refused(traits, refused, "mark", attempts, A.Noon);
        Assert.Equal(refusals, after.SignInRefusals);
        Assert.Equal(pause is null ? null : A.Noon + TimeSpan.Parse(pause, null), after.SuspendedUntil);
    }

    [Fact]
    public void A_suspended_mailbox_says_until_when_and_why()
    {
        var traits = new MailboxTraits { SignInMark = "mark", LastAttempt = A.Noon, SuspendedUntil = A.Noon.AddHours(2) };
        Assert.Equal("sales is suspended since 2026-06-01 12:00Z, until 2026-06-01 14:00Z or until its secret or its file changes "
            + "(any change of the file counts): its sign-in was refused", SignInRule.Sentence("sales", traits));
        Assert.Equal("sales is suspended since 2026-06-01 12:00Z, until its secret or its file changes "
            + "(any change of the file counts): no such user",
            SignInRule.Sentence("sales", traits with { SuspendedUntil = DateTimeOffset.MaxValue, LastError = "no such user" }));
    }

    static Task<Pop3RefusedException> RefusalAsync(string answer) => Assert.ThrowsAsync<Pop3RefusedException>(
        () => OpenAsync(FaultScript.None.At("PASS").Refuses(answer), SignInMechanism.UserPass));

    static async Task OpenAsync(FaultScript faults, SignInMechanism mechanism)
    {
        await using var server = Pop3Server.Start(new()
        {
            Accounts = new Dictionary<string, Pop3Account> { ["sales@example.org"] = new("secret", new Maildrop()) },
            Apop = false,
            AuthRespCode = false,
            Faults = faults,
        });
        await using var session = await Pop3Client.OpenAsync(
            new("127.0.0.1", server.Port, TlsMode.None), new("sales@example.org", "secret", mechanism), new(), Stop);
    }
}
