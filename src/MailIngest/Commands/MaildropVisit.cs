using MailIngest.Ledger;
using MailIngest.Mailboxes;
using MailIngest.Polling;
using MailIngest.Pop3;
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
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(
        Mailbox mailbox, MailboxTraits traits, ILogger log, Func<MaildropSession, Task> visit, CancellationToken stop)
    {
        var now = TimeProvider.System.GetUtcNow();
        if (Postponed(traits, now) is { } why)
        {
            Console.WriteLine($"{mailbox.Id}: not signed in: {why}");
            return ExitCode.Temporary;
        }
        return await RunAsync(mailbox, lockStep: traits.LockStepUntil > now, log, visit, stop);
    }

    /// <summary>The same whatever the ledger remembers: for the person who wants to see what the server says.</summary>
    public static async Task<int> RunAsync(
        Mailbox mailbox, bool lockStep, ILogger log, Func<MaildropSession, Task> visit, CancellationToken stop)
    {
        try
        {
            var password = await mailbox.Password.ReadAsync(stop);
            var options = mailbox.ToPop3Options(TimeProvider.System, log, lockStep);
            await using var session = await Pop3Client.OpenAsync(
                mailbox.Server, new(mailbox.Username, password.Reveal(), mailbox.Mechanism), options, stop);
            await visit(session);
            return ExitCode.Ok;
        }
        catch (Exception exception) when (PollFailure.From(exception, mailbox) is { } failure)
        {
            Console.WriteLine($"{mailbox.Id}: {failure.Sentence}");
            return failure.Code;
        }
    }
}
