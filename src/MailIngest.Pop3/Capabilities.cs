using System.Globalization;

namespace MailIngest.Pop3;

/// <summary>
/// What a server says it can do (CAPA, RFC 2449 §5). Tags are read in any case; lines that are not known are kept and mean nothing.
/// </summary>
public sealed class Capabilities
{
    /// <summary>The server did not answer CAPA: nothing is known.</summary>
    internal static readonly Capabilities Unknown = new(false, []);

    internal Capabilities(IReadOnlyList<string> lines) : this(true, lines) { }

    Capabilities(bool announced, IReadOnlyList<string> lines)
    {
        Announced = announced;
        Lines = lines;
        var sasl = new List<string>();
        foreach (var line in lines)
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0) continue;
            switch (words[0].ToUpperInvariant())
            {
                case "PIPELINING": Pipelining = true; break;
                case "TOP": Top = true; break;
                case "UIDL": Uidl = true; break;
                case "USER": User = true; break;
                case "STLS": Stls = true; break;
                case "RESP-CODES": RespCodes = true; break;
                case "AUTH-RESP-CODE": AuthRespCode = true; break;
                case "UTF8": Utf8 = true; Utf8User = HasWord(words, "USER"); break;
                case "SASL": sasl.AddRange(words[1..].Select(mechanism => mechanism.ToUpperInvariant())); break;
                case "LOGIN-DELAY": LoginDelay = Count(words); LoginDelayPerUser = HasWord(words, "USER"); break;
                case "EXPIRE":
                    Expire = HasWord(words, "NEVER") ? int.MaxValue : Count(words);
                    ExpirePerUser = HasWord(words, "USER");
                    break;
                case "IMPLEMENTATION": Implementation = line.Trim()[words[0].Length..].Trim(); break;
                default: break;
            }
        }
        SaslMechanisms = sasl;
    }

    /// <summary>True when CAPA was answered "+OK". False: the server is older than RFC 2449 and everything must be tried.</summary>
    public bool Announced { get; }

    public bool Pipelining { get; }

    public bool Top { get; }

    public bool Uidl { get; }

    public bool User { get; }

    public bool Stls { get; }

    public bool RespCodes { get; }

    /// <summary>A refused sign-in without [AUTH] is not about the credentials (RFC 3206 §6).</summary>
    public bool AuthRespCode { get; }

    /// <summary>RFC 6856 §2.</summary>
    public bool Utf8 { get; }

    /// <summary>"UTF8 USER": user names and passwords outside ASCII are allowed in USER, PASS and APOP (RFC 6856 §2.2).</summary>
    public bool Utf8User { get; }

    /// <summary>In upper case, in the server's order.</summary>
    public IReadOnlyList<string> SaslMechanisms { get; }

    /// <summary>Seconds that must pass between two sign-ins (RFC 2449 §6.5).</summary>
    public int? LoginDelay { get; }

    /// <summary>The delay above is the largest of any user; it is exact only after sign-in.</summary>
    public bool LoginDelayPerUser { get; }

    /// <summary>
    /// Days that messages are kept at least (RFC 2449 §6.7): 0 = they may go once they were retrieved, <see cref="int.MaxValue"/> =
    /// NEVER.
    /// </summary>
    public int? Expire { get; }

    /// <summary>The days above are the fewest of any user; they are exact only after sign-in.</summary>
    public bool ExpirePerUser { get; }

    /// <summary>For people only: no behaviour may depend on it (RFC 2449 §6.9).</summary>
    public string? Implementation { get; }

    /// <summary>The lines as received. Escape them before they are shown.</summary>
    public IReadOnlyList<string> Lines { get; }

    static bool HasWord(string[] words, string word) => words.Skip(1).Contains(word, StringComparer.OrdinalIgnoreCase);

    static int? Count(string[] words) =>
        words.Length > 1 && int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : null;
}
