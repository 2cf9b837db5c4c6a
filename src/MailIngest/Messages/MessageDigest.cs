namespace MailIngest.Messages;

/// <summary>Takes one message's octets as they pass: SHA-256, count, header fingerprint, date of its top <c>Received:</c>.</summary>
/// <remarks>The result depends on the octets alone, never on how they were split. Once the header is complete nothing but hashing runs.
/// </remarks>
/// <param name="withBody">Also <see cref="BodySha256"/>, which takes a second hash over nearly all octets.</param>
public sealed class MessageDigest(bool withBody = false) : IDisposable
{
    /// <summary>Flags, numbers and labels take less.</summary>
    const int MostVolatile = 8 * 1024;

    readonly Sha256State _content = new();
    readonly Sha256State? _body = withBody ? new() : null;
    readonly HeaderBlock _header = new();
    readonly byte[] _first = new byte[4];
    string? _sha256;

    /// <summary>Octets taken so far.</summary>
    public long Octets { get; private set; }

    /// <summary>Whether a header field or the blank line after the header was seen: without either it is hardly a message.</summary>
    public bool HasHeader => _header.WasSeen;

    /// <summary>Whether <see cref="Header"/> is final: its blank line or its limit was reached, or the message has ended.
    /// True at the latest once 1 MiB was taken.</summary>
    public bool HeaderComplete => _header.IsComplete;

    /// <summary>The header's facts.</summary>
    /// <exception cref="InvalidOperationException">The header is not complete yet.</exception>
    public HeaderFacts Header => _header.Facts;

    /// <summary>SHA-256 of all octets, lower-case hex. Reading it ends the message: the header is complete and nothing can be appended.</summary>
    public string Sha256 => _sha256 ??= Finish();

    /// <summary>
    /// SHA-256 of what follows the blank line after the header, lower-case hex: together with the header's fingerprint it tells a message
    /// of which a server has only rewritten volatile fields (<c>Status:</c>) from any other. Null when it was not asked for, when no blank
    /// line ends the header, or not soon enough, and when there is so much in volatile fields that it may be more than what a server
    /// writes there. Final once <see cref="Sha256"/> was read.
    /// </summary>
    public string? BodySha256 { get; private set; }

    /// <summary>Whether the first line looks like a status line of POP3 (RFC 1939 §3): no message begins so that was written by a mail
    /// program, but one does whose answer was preceded by a status line that nobody asked for.</summary>
    public bool BeginsLikeAnAnswer => _first.AsSpan().StartsWith("+OK"u8) || _first.AsSpan().SequenceEqual("-ERR"u8);

    /// <summary>Takes the next octets of the message.</summary>
    /// <exception cref="InvalidOperationException"><see cref="Sha256"/> was read already.</exception>
    public void Append(ReadOnlySpan<byte> octets)
    {
        if (_sha256 is not null)
            throw new InvalidOperationException("The message has ended: its SHA-256 was read.");

        _content.Append(octets);
        for (var i = 0; Octets + i < _first.Length && i < octets.Length; i++)
            _first[Octets + i] = octets[i];
        Octets += octets.Length;
        if (!_header.IsComplete)
            octets = octets[_header.Append(octets)..];
        if (_header.IsComplete)
            _body?.Append(octets);
    }

    /// <summary>Frees the hash states.</summary>
    public void Dispose()
    {
        _content.Dispose();
        _body?.Dispose();
        _header.Dispose();
    }

    string Finish()
    {
        _header.Complete();
        // Without a blank line, or without a line end at all, a body may be part of a volatile field, and different ones would look the
        // same.
        var isClear = _header is { HasEnded: true, VolatileOctets: <= MostVolatile };
        BodySha256 = _body is null || !isClear ? null : _body.Finish();
        return _content.Finish();
    }
}
