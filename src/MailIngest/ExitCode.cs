using MailIngest.Blobs;
using MailIngest.Ledger;

namespace MailIngest;

/// <summary>What the process tells its caller when it ends: the classes of sysexits.h.</summary>
public static class ExitCode
{
    /// <summary>Every mailbox was polled to its end.</summary>
    public const int Ok = 0;

    /// <summary>
    /// An audit found something. Of all verbs only <c>audit</c> ends with it, so it has no place among the others' severities.
    /// </summary>
    public const int Found = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 64;

    /// <summary>A mail server could not be reached.</summary>
    public const int Unavailable = 69;

    /// <summary>A bug, or the ledger is corrupt.</summary>
    public const int Software = 70;

    /// <summary>The blob store or the ledger cannot be created or written.</summary>
    public const int CannotCreate = 73;

    /// <summary>Something was left for the next run: a temporary error, a partial poll, an interruption.</summary>
    public const int Temporary = 75;

    /// <summary>A mail server refused the sign-in.</summary>
    public const int SignInRefused = 77;

    /// <summary>The configuration is wrong; nothing was polled.</summary>
    public const int Configuration = 78;

    // Least severe first. The next run alone may cure Temporary and Unavailable; the others wait for a person, and the more
    // mailboxes they stop, the worse they are. A bug or a corrupt ledger outranks all: the promise itself is in doubt.
    static readonly int[] BySeverity = [Ok, Temporary, Unavailable, SignInRefused, Usage, Configuration, CannotCreate, Software];

    /// <summary>
    /// The code for several outcomes together; the most severe wins:
    /// 70, then 73, 78, 64, 77, 69, 75, 0. No outcome at all is <see cref="Ok"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">A code that is not listed here.</exception>
    public static int Worst(params IEnumerable<int> codes) => BySeverity[codes.Select(Severity).DefaultIfEmpty(0).Max()];

    /// <summary>The code for a store that failed: whether waiting can help.</summary>
    public static int Of(BlobStoreException failure) => failure.IsTransient ? Temporary : CannotCreate;

    /// <summary>The code for a ledger that failed.</summary>
    public static int Of(LedgerException failure) => failure.IsCorrupt ? Software : failure.IsTransient ? Temporary : CannotCreate;

    static int Severity(int code) => Array.IndexOf(BySeverity, code) is >= 0 and var severity
        ? severity
        : throw new ArgumentOutOfRangeException(nameof(code), code, "Not an exit code of this program.");
}
