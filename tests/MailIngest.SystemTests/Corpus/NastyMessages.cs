using System.Text;

namespace MailIngest.SystemTests.Corpus;

/// <summary>The corpus of nasty messages that Dovecot serves from files; what only a misbehaving server sends is not here.</summary>
/// <remarks>Strings stand for octets (Latin-1). Line ends are LF unless written out.</remarks>
internal static class NastyMessages
{
    /// <summary>The rows that Dovecot sends whole: the client must store them octet for octet.</summary>
    public static IReadOnlyList<NastyMessage> Sound { get; } =
    [
        new("01 plain", () => Message("01", "hello\n"), 113, 120, 120, "424fc349fb43"),
        new("02 CRLF file", () => Crlf(Message("02", "hello\n")), 120, 120, 120, "bf628a780479"),
        new("03 dots at line starts", () => Message("03", ".\n..\n...\n.x\n..x\nx.\n"), 126, 138, 138, "b3c8c9aa907e"),
        new("04 terminator in a CRLF file", () => Crlf(Message("04", "before\n.\nafter\n")), 131, 131, 131, "f754c4ace925"),
        new("05 no final newline", () => Message("05", "last line without newline"), 132, 138, 140, "47b0ff50d5d9"),
        new("06 ends in a lone dot", () => Message("06", "last\n."), 113, 120, 122, "87f47fe3e565"),
        new("07 empty", () => [], 0, 0, 2, "7eb70257593d"),
        new("08 no body", () => Message("08", ""), 107, 113, 113, "c9550be2c0bb"),
        new("09 no blank line", () => Octets(Header("09") + "\n"), 106, 111, 111, "76802b410889"),
        new("10 no newline at all at the end", () => Octets(Header("10")), 105, 109, 111, "7bfc36a4a5eb"),
        new("11 bare CR", () => Message("11", "a\rb\r\rc\n"), 114, 121, 121, "a5c0f52ff578"),
        new("12 CR CR LF", () => Message("12", "a\r\r\nb\n"), 113, 120, 120, "527eaf8c35a2"),
        new("13 mixed line ends", () => Message("13", "a\r\nb\nc\r\n\nd\n"), 118, 127, 127, "f60b9236c832"),
        new("14 LF dot LF in a CRLF file", () => [.. Crlf(Message("14", "")), .. "x\n.\ny\r\n"u8], 120, 122, 122, "8047322cd117"),
        new("15 NULs", () => Message("15", "a\0b\0\0c\n\0\n"), 116, 124, 124, "12c116c04f66"),
        new("16 octets 80 to FF", () => [.. Message("16", ""), .. Range(0x80, 0xff), (byte)'\n'], 236, 243, 243, "eca8e558cdd1"),
        new("17 all octets but CR and LF",
            () => [.. Message("17", ""), .. Range(0, 9), 11, 12, .. Range(14, 0xff), (byte)'\n'], 362, 369, 369, "3c8a1624a486"),
        new("18 invalid UTF-8 in a header", () => Octets(Header("18") + "\nX-Bad: \xff\xfe\xc0\n\nbody\n"), 123, 131, 131),
        new("19 ends in a bare CR", () => Message("19", "ends with cr\r"), 120, 126, 128, "aec434a0296e"),
        new("21 one newline", () => Octets("\n"), 1, 2, 2, "7eb70257593d"),
        new("22 CRLF dot CRLF", () => Octets("\r\n.\r\n"), 5, 5, 5, "e1e84e081f1d"),
        new("24 a line of 100000 octets", () => Message("24", new string('x', 100_000) + "\n"), 100_108, 100_115, 100_115, "7b3ad42416cc"),
        new("25 a dot after each 4096 octets",
            () => Message("25", Repeat(new string('y', 4095) + "\n.\n", 4)), 16_499, 16_513, 16_513, "cf3f14d00ac0"),
        new("26 50000 lines of one dot", () => Message("26", Repeat(".\n", 50_000)), 100_107, 150_113, 150_113, "83f7a1077ca3"),
        new("27 POP3 inside", () => Message("27", "+OK\n-ERR x\n.\n+OK 5 octets\nQUIT\n"), 138, 149, 149, "78e1092a2e8b"),
        new("28 CR dot CR", () => Message("28", "q\r.\rq\n"), 113, 120, 120, "e49540a23af9"),
        new("29 CRLF dot CR dot CRLF dots", () => Message("29", "q\r\n.\r.\r\n..\n"), 118, 125, 125, "272754fca549"),
        new("30 trailing blank lines", () => Message("30", "q\n\n\n\n"), 112, 122, 122, "32ec22f04f46"),
        new("42a a header of 1 MiB and no body",
            () => Octets(Header("42") + "\n" + Repeat("X-Long: " + new string('h', 69) + "\n", 13_442)), 1_048_582, 1_062_029, 1_062_029),
        new("42b 10000 header lines",
            () => Octets(Header("4b") + "\n" + Repeat("X-Many: h\n", 10_000) + "\nbody\n"), 100_112, 110_119, 110_119),
        new("42c a header line of 64 kB",
            () => Octets(Header("4c") + "\nX-Wide: " + new string('h', 65_536) + "\n\nbody\n"), 65_657, 65_665, 65_665),
    ];

    /// <summary>The rows of many megabytes, sound as well.</summary>
    public static IReadOnlyList<NastyMessage> Large { get; } =
    [
        new("31 a line of 10 MiB", () => Lines(10 * 1024 * 1024 + 2, 1), 10_485_789, 10_485_789, 10_485_789),
        new("32 150 MiB of 78-octet lines", () => Lines(78, 2_017_000), 157_326_027, 157_326_027, 157_326_027),
    ];

    /// <summary>The rows of which less arrives than was listed, with a valid end: the client must refuse each.</summary>
    public static IReadOnlyList<NastyMessage> Short { get; } =
    [
        // Dovecot does not stuff a dot that is the first octet; the client takes it for stuffing.
        Refused(new("23 first octet a dot",
            () => Octets(".hidden: x\n" + Header("23") + "\n\nz\n"), 120, 128, 127, "091408788236")),
        Refused(new("33 the name claims less",
            () => Octets("From: a@x.y\nSubject: t\n\nthe body of mail.\n"), 42, 12, 2) { Sizes = ",S=10,W=12" }),
        // As if the file had been cut off after the session opened: the listing is of the whole, the octets are of what is left.
        Refused(new("34 cut off after the listing",
            () => Hundred()[..60_000], 60_000, 120_077, 71_991) { Sizes = ",S=100073,W=120077" }),
        Refused(new("35 the name claims more",
            () => Octets("From: a@x.y\nSubject: t\n\nthe body of a mail\n"), 43, 5_100, 47) { Sizes = ",S=5000,W=5100" }),
    ];

    /// <summary>The rows that end their own RETR at the first octet: what follows looks like the answers to later commands.</summary>
    public static IReadOnlyList<NastyMessage> Smuggling { get; } =
    [
        Refused(new("20 a dot and a newline", () => Octets(".\n"), 2, 3, 0)),
        Refused(new("36 forged answers",
            () => Octets(".\n+OK\n+OK\nFrom: mallory@x.org\nSubject: forged\n\nThis was never mail.\n"), 68, 75, 0)),
    ];

    /// <summary>The real mail behind the forged answers: it must survive them.</summary>
    public static NastyMessage Victim { get; } =
        new("36b the mail behind the forged answers", () => Message("36", "the real mail\n"), 121, 128, 128);

    public static IReadOnlyList<NastyMessage> All => [.. Sound, .. Large, .. Short, .. Smuggling, Victim];

    /// <summary>The row of this name.</summary>
    public static NastyMessage Find(string row) => All.Single(message => message.Row == row);

    static NastyMessage Refused(NastyMessage message) => message with { Fate = Fate.Refused };

    // 105 octets; no newline at the end.
    static string Header(string row) =>
        $"From: a@example.com\nTo: b@example.com\nSubject: t\nMessage-ID: <{row}@x>\nDate: Mon, 23 Nov 2026 03:00:00 +0000";

    static byte[] Message(string row, string body) => Octets(Header(row) + "\n\n" + body);

    // A header of 27 octets, then lines of this many octets, their CRLF counted.
    static byte[] Lines(int octets, int count)
    {
        var header = "From: a@x.y\r\nSubject: t\r\n\r\n"u8;
        var message = new byte[header.Length + (long)octets * count];
        header.CopyTo(message);
        for (var line = 0; line < count; line++)
        {
            var here = message.AsSpan(header.Length + line * octets, octets);
            here.Fill((byte)('a' + line % 26));
            "\r\n"u8.CopyTo(here[^2..]);
        }
        return message;
    }

    // A header of 73 octets and 20,000 lines of five.
    static byte[] Hundred() =>
        Octets("From: alice@example.org\nTo: bob@example.org\nSubject: the file is cut up\n\n" + Repeat("line\n", 20_000));

    static byte[] Crlf(byte[] octets) => Wire.Received(octets);

    static byte[] Octets(string latin1) => Encoding.Latin1.GetBytes(latin1);

    static IEnumerable<byte> Range(int first, int last) => Enumerable.Range(first, last - first + 1).Select(octet => (byte)octet);

    static string Repeat(string text, int times) => new StringBuilder(text.Length * times).Insert(0, text, times).ToString();
}
