using System.Globalization;

namespace MailIngest.SystemTests.Faults;

/// <summary>What happens at a call, in the words of <c>faults.c</c>.</summary>
/// <param name="What">"kill", "killafter", "cut", "cutafter", "fail=ERRNO", "skip".</param>
/// <param name="Call">The call's name, or a pattern.</param>
/// <param name="Object">The file or server that it is about, or a pattern.</param>
/// <param name="Occurrence">Which such call, from 1; 0: each.</param>
internal sealed record Fault(string What, string Call, string Object, int Occurrence)
{
    public static Fault Kill(Point point) => At(point, "kill");

    public static Fault Fails(Point point, Errno errno) => At(point, string.Create(CultureInfo.InvariantCulture, $"fail={(int)errno}"));

    public static Fault Cut(Point point, bool after) => At(point, after ? "cutafter" : "cut");

    /// <summary>Each such call is said to have succeeded, and does nothing.</summary>
    public static Fault Skips(string call, string on = "*") => new("skip", call, on, 0);

    static Fault At(Point point, string what) => new(what, point.Call, point.Object, point.Occurrence);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{What} {Call} {Object} {Occurrence}");
}

/// <summary>The errors that a file call may end with, by their numbers on Linux.</summary>
internal enum Errno
{
    EINTR = 4,
    EIO = 5,
    EACCES = 13,
    EMFILE = 24,
    ENOSPC = 28,
    EROFS = 30,
    EDQUOT = 122,
}
