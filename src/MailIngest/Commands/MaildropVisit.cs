using MailIngest.Ledger;
using MailIngest.Mailboxes;
using MailIngest.Polling;
using MailIngest.Pop3;
using MailIngest.Settings;
using MailIngest.Tokens;
using Microsoft.Extensions.Logging;

namespace MailIngest.Commands;

/// <summary>
/// One short session of a person's verb with a maildrop. It signs in once, whatever the answer, and not at all while the server, or the
/// rule that keeps accounts from being locked, asks for patience.
/// </summary>
static class MaildropVisit
{
    /// <summary>
    /// Why the server must not be signed in to now, as the end of a sentence; null when it may be. The one place where verbs ask.
    /// </summary>
    public static string? Postponed(MailboxTraits traits, DateTimeOffset now) =>
        SignInRule.IsSuspended(traits, now)
            ? "its sign-ins were refused, and another one might lock the account; it is suspended until its file or its secret changes"
        : SignInRule.Patience(traits, now) is { } until ? $"the server wants no sign-in before {until:u} (LOGIN-DELAY)"
        : null;

    /// <summary>
    /// Signs in and does what the verb is for. The session is then closed; QUIT is the verb's own affair. Failures are printed.
    /// </summary>
    /// <param name="mailbox">Whose maildrop.</param>
    /// <param name="ledger">Counts a refusal with those of the polls, so that no verb that a machine repeats locks the account; null: there
    /// is none.</param>
    /// <param name="lease">Where the verb holds the mailbox.</param>
    /// <param name="log">Is told what the wire has to tell.</param>
    /// <param name="visit">What the verb is for.</param>
    /// <param name="stop">Gives up.</param>
    /// <param name="tell">Hears of each step with tokens.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(
        Mailbox mailbox, UniqueIdLedger? ledger, MailboxLease? lease, ILogger log, Func<MaildropSession, Task> visit,
        CancellationToken stop, Action<string>? tell = null)
    {
        var clock = TimeProvider.System;
        Secret? password = null;
        try
        {
            var traits = ledger is null ? new() : await ledger.ReadTraitsAsync(mailbox.Id, stop);
            password = await mailbox.Password.ReadAsync(stop);
            if (SignInRule.IsSuspended(traits, clock.GetUtcNow()) && !new SignInMark().StandsFor(traits.SignInMark!, mailbox, password))
                traits = SignInRule.Lifted(traits); // file or secret is another one: what was refused is not sent
            if (mailbox.OAuth is not null)
                traits = SignInRule.Lifted(traits); // no token locks an account, and what was missing may be there now
            if (Postponed(traits, clock.GetUtcNow()) is { } why)
            {
                Console.WriteLine($"{mailbox.Id}: not signed in: {why}");
                return ExitCode.Temporary;
            }
            var options = mailbox.ToPop3Options(clock, log, lockStep: LockStep.Applies(traits, clock.GetUtcNow()));
            await using var tokens = new TokenSources(clock);
            await using var session = await TokenSignIn.OpenAsync(mailbox, password, tokens, options, tell, stop);
            await visit(session);
            return ExitCode.Ok;
        }
        catch (Exception exception) when (PollFailure.From(exception, mailbox) is { } failure)
        {
            Console.WriteLine($"{mailbox.Id}: {failure.Sentence}");
            var counts = exception is Pop3RefusedException { IsCredentials: true } or TokenException { IsRefused: true };
            if (ledger is not null && password is not null && counts)
                await CountAsync(
                    mailbox, ledger, lease, exception,
                    // A refresh token may be another one by now.
                    mailbox.OAuth is null ? password : await mailbox.Password.ReadAsync(CancellationToken.None),
                    failure.Sentence, clock.GetUtcNow());
            return failure.Code;
        }
    }

    /// <summary>
    /// Whatever asks the verb to end: the server has counted this refusal, and so do we. A poll that holds the mailbox counts its own.
    /// </summary>
    static async Task CountAsync(
        Mailbox mailbox, UniqueIdLedger ledger, MailboxLease? held, Exception refusal, Secret password, string sentence,
        DateTimeOffset now)
    {
        await using var taken = held is null ? await LedgerAccess.TakeAsync(ledger, mailbox.Id, CancellationToken.None) : null;
        if ((held ?? taken) is not { } lease)
            return;
        var traits = await ledger.ReadTraitsAsync(mailbox.Id, CancellationToken.None);
        var mark = new SignInMark().Of(mailbox, password, traits.SignInMark);
        var after = refusal is Pop3RefusedException refused
            ? SignInRule.Refused(traits, refused, mark, mailbox.SignInAttempts, now)
            : SignInRule.TokenRefused(traits, mark, now);
        await ledger.SaveTraitsAsync(lease, after with { LastAttempt = traits.LastAttempt ?? now, LastError = sentence }, CancellationToken.None);
    }
}
