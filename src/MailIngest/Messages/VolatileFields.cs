using System.Text;

namespace MailIngest.Messages;

/// <summary>The header fields that a server or another mail program rewrites while the message stays the same.</summary>
static class VolatileFields
{
    static readonly byte[][] Names =
    [
        "status"u8.ToArray(), "x-status"u8.ToArray(), "x-uid"u8.ToArray(), "x-uidl"u8.ToArray(), "x-keywords"u8.ToArray(), "x-imap"u8.ToArray(),
        "x-imapbase"u8.ToArray(), "content-length"u8.ToArray(), "lines"u8.ToArray(), "x-evolution"u8.ToArray(), "x-gmail-labels"u8.ToArray(),
    ];

    /// <summary>Whether a field of this name does not count.</summary>
    internal static bool Contains(ReadOnlySpan<byte> name)
    {
        var mozilla = "x-mozilla-"u8;
        if (name.Length > mozilla.Length && Is(name[..mozilla.Length], mozilla))
            return true;

        foreach (var known in Names)
        {
            if (Is(name, known))
                return true;
        }

        return false;
    }

    /// <summary>Whether two field names are the same: ASCII letters in any case.</summary>
    internal static bool Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> known) => Ascii.EqualsIgnoreCase(name, known);
}
