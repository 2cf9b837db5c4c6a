namespace MailIngest.SystemTests.Corpus;

/// <summary>What must become of a message that a server may send in a form nobody wants.</summary>
public enum Fate
{
    /// <summary>Stored octet for octet as received, and deleted from the server.</summary>
    Stored,

    /// <summary>What arrived is not what was listed: nothing stored, nothing deleted.</summary>
    Refused,
}

/// <summary>One row of the corpus: a message file with exact octets, and what Dovecot makes of it.</summary>
/// <param name="Row">Its number and what is nasty about it.</param>
/// <param name="File">Makes the file's octets.</param>
/// <param name="FileOctets">How many those are.</param>
/// <param name="Listed">The size in Dovecot's scan listing.</param>
/// <param name="Received">The octets that a correct client receives.</param>
/// <param name="Sha256">How the SHA-256 of the received octets begins; null where the octets are not fixed but by the test.</param>
public sealed record NastyMessage(string Row, Func<byte[]> File, long FileOctets, long Listed, long Received, string? Sha256 = null)
{
    public Fate Fate { get; init; } = Fate.Stored;

    /// <summary>What the file's name claims about its sizes: Dovecot believes it.</summary>
    public string Sizes { get; init; } = "";

    /// <summary>The row as part of a file name.</summary>
    public string Label => Row.Replace(' ', '-');

    public override string ToString() => Row;
}
