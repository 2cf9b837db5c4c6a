using System.Runtime.ExceptionServices;
using MailIngest.Pop3;
using MailIngest.Settings;
using MailIngest.Tokens;

namespace MailIngest.Polling;

/// <summary>
/// Opens the sessions of one poll, and sees to it that what the server says about signing in is durable before anything else happens: a
/// crash must neither forget its LOGIN-DELAY nor lose count of its refusals.
/// </summary>
sealed class SignIn(
    PollContext poll, Retries retries, SignInMark marks, TokenSources tokens,
    Func<Pop3Endpoint, CancellationToken, ValueTask<Stream>>? connect)
{
    /// <summary>In the session opened last, or in the last try, several commands were under way from the sign-in to the listing.</summary>
    public bool TookOff { get; private set; }

    /// <param name="careful">One command at a time.</param>
    /// <param name="stop">Gives up.</param>
    public async Task<MaildropSession> OpenAsync(bool careful, CancellationToken stop)
    {
        ExceptionDispatchInfo? last = null;
        var session = await retries.OpenAsync(async ValueTask<MaildropSession?> (token) =>
        {
            try
            {
                return await OnceAsync(careful, token);
            }
            catch (Exception lost) when (lost is not Pop3RefusedException && poll.Learned.Traits.NotBefore > poll.Clock.GetUtcNow())
            {
                // It broke after the credentials went out to a server with a LOGIN-DELAY: they may have been accepted, and count.
                last = ExceptionDispatchInfo.Capture(lost);
                return null;
            }
        }, stop);
        last?.Throw();
        return session!;
    }

    async Task<MaildropSession> OnceAsync(bool careful, CancellationToken stop)
    {
        var mailbox = poll.Mailbox;
        careful = careful || LockStep.Applies(poll.Learned.Traits, poll.Clock.GetUtcNow()); // learned by the attempt before this one
        var options = mailbox.ToPop3Options(poll.Clock, poll.Log, careful) with
        {
            SigningIn = announced => AnnouncedAsync(announced, careful),
            Connect = connect,
        };
        TookOff = false;
        var password = await mailbox.Password.ReadAsync(stop);
        var before = poll.Learned.Traits;
        MaildropSession session;
        try
        {
            session = await TokenSignIn.OpenAsync(mailbox, password, tokens, options, null, stop);
        }
        catch (Pop3RefusedException refused)
        {
            await RefusedAsync(refused, password, before.NotBefore);
            throw;
        }
        catch (TokenException refused) when (refused.IsRefused)
        {
            // A refresh token may be another one by now.
            var mark = marks.Of(mailbox, await mailbox.Password.ReadAsync(stop), before.SignInMark);
            await poll.Learned.SaveAsync(SignInRule.TokenRefused(before, mark, poll.Clock.GetUtcNow()));
            throw;
        }
        catch (Exception broken) when (TookOff && LockStep.MayHelp(poll.Learned.Traits, broken))
        {
            await LockStep.LearnAsync(poll, broken);
            throw;
        }
        try
        {
            var now = SignInRule.SignedIn(poll.Learned.Traits, session.Capabilities.LoginDelay, poll.Clock.GetUtcNow());
            if (now != poll.Learned.Traits)
                await poll.Learned.SaveAsync(now);
            poll.Learned.Note(now with { CertificateExpires = session.CertificateExpires });
            // A server may swallow one of several commands under way and pass off the next message for it. Where we die before we notice,
            // only TOP can show that before a DELE.
            if (!session.Capabilities.Top && mailbox.Pipelining == Pipelining.Auto)
                session.OneAtATime();
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>Before the credentials go out: whatever happens from here on, the delay counts.</summary>
    async ValueTask AnnouncedAsync(Capabilities capabilities, bool careful)
    {
        if (capabilities.LoginDelay > 0)
            await poll.Learned.SaveAsync(SignInRule.Announced(poll.Learned.Traits, capabilities.LoginDelay, poll.Clock.GetUtcNow()));
        TookOff = capabilities.Pipelining && !careful;
    }

    async Task RefusedAsync(Pop3RefusedException refused, Secret password, DateTimeOffset? notBefore)
    {
        var before = poll.Learned.Traits with { NotBefore = notBefore }; // only a sign-in that succeeds counts (RFC 2449 §6.5)
        var mark = refused.IsCredentials ? marks.Of(poll.Mailbox, password, before.SignInMark) : null;
        var after = SignInRule.Refused(before, refused, mark, poll.Mailbox.SignInAttempts, poll.Clock.GetUtcNow());
        if (after != before)
            await poll.Learned.SaveAsync(after);
        else
            poll.Learned.Note(after);
    }
}
