using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using MailIngest.Mailboxes;
using MailIngest.Settings;

namespace MailIngest.Polling;

/// <summary>
/// Recognises what a server has refused, without keeping it: a random salt and a slow hash over the mailbox's file and its secret. Whoever
/// reads the ledger can guess a password with it no faster than so many iterations per guess.
/// </summary>
sealed class SignInMark
{
    const int Iterations = 200_000;
    const int Octets = 16;

    // The last answer for each mark, under a key of this process: a suspended mailbox is asked about at every tick, and 50 ms each would
    // add up. Made when it is needed: most polls need no cryptography, and its library takes 4 ms to load.
    readonly Lazy<byte[]> _key = new(() => RandomNumberGenerator.GetBytes(32));
    readonly ConcurrentDictionary<string, (string Mark, string Asked, bool Same)> _answers = new(StringComparer.Ordinal);

    /// <summary>The mark of what was refused just now: the old one when that stands for the same.</summary>
    public string Of(Mailbox mailbox, Secret secret, string? before)
    {
        if (before is not null && StandsFor(before, mailbox, secret))
            return before;
        var salt = RandomNumberGenerator.GetBytes(Octets);
        return $"{Convert.ToHexStringLower(salt)}:{Hash(salt, What(mailbox, secret))}";
    }

    /// <summary>Whether the mark is that of this file and this secret. A mark that cannot be read stands for nothing.</summary>
    public bool StandsFor(string mark, Mailbox mailbox, Secret secret)
    {
        var what = What(mailbox, secret);
        var asked = Convert.ToHexStringLower(HMACSHA256.HashData(_key.Value, what));
        if (_answers.TryGetValue(mailbox.Id, out var last) && last.Mark == mark && last.Asked == asked)
            return last.Same;
        var same = mark.Split(':') is [{ Length: 2 * Octets } salt, var hash] && salt.All(char.IsAsciiHexDigit)
            && Hash(Convert.FromHexString(salt), what) == hash;
        _answers[mailbox.Id] = (mark, asked, same);
        return same;
    }

    /// <summary>
    /// Everything that a sign-in depends on, with the secret. The revision alone would do, but mailboxes that no file describes have none.
    /// </summary>
    static byte[] What(Mailbox mailbox, Secret secret) =>
        Encoding.UTF8.GetBytes($"{mailbox.Revision}\0{mailbox.Server}\0{mailbox.Username}\0{mailbox.Mechanism}\0{secret.Reveal()}");

    static string Hash(byte[] salt, byte[] what) =>
        Convert.ToHexStringLower(Rfc2898DeriveBytes.Pbkdf2(what, salt, Iterations, HashAlgorithmName.SHA256, 2 * Octets));
}
