using MailIngest.Settings;

namespace MailIngest.Mailboxes;

/// <summary>What no two mailboxes may share: an id, or a maildrop.</summary>
static class MailboxTwins
{
    /// <param name="Key">The key of the file that gives it.</param>
    /// <param name="Of">What a mailbox may share with no other; null: it shares nothing.</param>
    /// <param name="Complaint">What is wrong with one that does: the other one, and what they share.</param>
    internal sealed record Rule(string Key, Func<Mailbox, string?> Of, Func<Mailbox, string, string> Complaint);

    public static readonly IReadOnlyList<Rule> Rules =
    [
        new("id", mailbox => mailbox.Id, (twin, id) =>
            $"is {ConfigWords.Quote(id)} in {twin.File} as well; every mailbox needs an id of its own"),
        new("username", Maildrop, (twin, _) =>
            $"names the same mailbox as {twin.File}, so its mail would be stored twice; remove one of the files"),
    ];

    /// <summary>
    /// Which version of each file may be in force together. All of the wanted ones, if no two share anything; else the one that had it
    /// first keeps it, and the other file stays at the version in force, if it had one.
    /// </summary>
    /// <param name="files">In the order of their names; those in force share nothing.</param>
    /// <param name="refuse">Is told of each version that cannot be taken, and why.</param>
    public static IReadOnlyList<Mailbox> Settle(IReadOnlyList<KnownFile> files, Action<KnownFile, Rule, string> refuse)
    {
        var taken = files.ToDictionary(file => file, file => file.Wanted ?? file.InForce);
        while (FirstLoser(files, taken) is var (loser, rule, complaint))
        {
            refuse(loser, rule, complaint);
            // A version in force never loses: it had first whatever it has. So each file gets here once at most.
            taken[loser] = loser.InForce;
        }
        return [.. files.Select(file => taken[file]).OfType<Mailbox>()];
    }

    static (KnownFile File, Rule Rule, string Complaint)? FirstLoser(IReadOnlyList<KnownFile> files, Dictionary<KnownFile, Mailbox?> taken)
    {
        foreach (var rule in Rules)
        {
            var owners = new Dictionary<string, KnownFile>(StringComparer.Ordinal);
            foreach (var file in files.Where(file => taken[file] is not null).OrderBy(file => Had(file, rule, taken[file]!) ? 0 : 1))
            {
                if (rule.Of(taken[file]!) is { } value && !owners.TryAdd(value, file))
                    return (file, rule, rule.Complaint(taken[owners[value]]!, value));
            }
        }
        return null;
    }

    static bool Had(KnownFile file, Rule rule, Mailbox wanted) => file.InForce is { } before && rule.Of(before) == rule.Of(wanted);

    // 110 and 995 of one host lead to one server; user names differ in more than case nowhere that mail is read.
    static string? Maildrop(Mailbox mailbox)
    {
        var (host, port, _) = mailbox.Server;
        if (!mailbox.Enabled || host.Length == 0 || mailbox.Username.Length == 0) return null;
        return $"{host}:{(port is 110 or 995 ? "pop3" : port)} {mailbox.Username.ToUpperInvariant()}";
    }
}
