namespace MailIngest.Pop3.Server;

/// <summary>One message of a maildrop: its unique-id, its octets on the wire, and a way to open its content.</summary>
public sealed class MaildropMessage
{
    readonly Func<Stream> _stored;
    readonly Func<Stream> _lines;

    /// <summary>A message in memory.</summary>
    internal MaildropMessage(string uniqueId, byte[] stored)
    {
        UniqueId = uniqueId;
        Octets = MessageLines.Measure(new MemoryStream(stored));
        _stored = () => new MemoryStream(stored, writable: false);
        _lines = _stored;
        if (Octets == stored.Length)
            return;
        var converted = new byte[Octets];
        using var reader = new MessageLines(_stored());
        reader.ReadExactly(converted);
        _lines = () => new MemoryStream(converted, writable: false);
    }

    /// <summary>A message that is opened when it is asked for.</summary>
    internal MaildropMessage(string uniqueId, long octets, Func<Stream> open, string? file = null)
    {
        UniqueId = uniqueId;
        Octets = octets;
        File = file;
        _stored = open;
        _lines = () => new MessageLines(open());
    }

    /// <summary>The unique-id of UIDL (RFC 1939 §7).</summary>
    public string UniqueId { get; }

    /// <summary>The octets that RETR transmits, byte-stuffing not counted, final CRLF counted (RFC 1939 §11).</summary>
    public long Octets { get; }

    /// <summary>The file that holds it; null for a message in memory or from a source.</summary>
    internal string? File { get; }

    /// <summary>Where a maildrop in memory keeps it; in no list any more once it was removed.</summary>
    internal LinkedListNode<MaildropMessage>? Place { get; set; }

    /// <summary>Its content as stored.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public Stream OpenStored() => _stored();

    /// <summary>Its content as RETR transmits it, before byte-stuffing: CRLF line ends, the last line ended too.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public Stream OpenLines() => _lines();

    /// <summary>Its content as RETR transmits it, in memory.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public byte[] ToArray()
    {
        using var lines = OpenLines();
        using var octets = new MemoryStream();
        lines.CopyTo(octets);
        return octets.ToArray();
    }
}
