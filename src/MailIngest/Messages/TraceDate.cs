namespace MailIngest.Messages;

/// <summary>Collects the date text of one field as it passes: the whole of a <c>Date:</c>, or what follows the last ';' of a <c>Received:</c>.</summary>
sealed class TraceDate(bool afterSemicolon)
{
    /// <summary>A date with comments is far shorter; a longer text is no date.</summary>
    const int MaxText = 512;

    byte[] _text = new byte[64]; // most dates are shorter
    bool _begun = !afterSemicolon;
    int _length;

    /// <summary>Whether the topmost field of the name was given to this already.</summary>
    internal bool IsTaken { get; set; }

    /// <summary>The UTC day, or null when there is none or nobody can read it.</summary>
    internal DateOnly? Day => _begun && _length <= MaxText ? MailDate.Day(_text.AsSpan(0, _length)) : null;

    /// <summary>Takes the next octets of the field's value, line ends included.</summary>
    internal void Append(ReadOnlySpan<byte> octets)
    {
        if (afterSemicolon && octets.LastIndexOf((byte)';') is >= 0 and var semicolon)
        {
            (_begun, _length) = (true, 0);
            octets = octets[(semicolon + 1)..];
        }

        if (!_begun)
            return;
        if (_length + octets.Length <= MaxText)
        {
            if (_length + octets.Length > _text.Length)
                Array.Resize(ref _text, MaxText);
            octets.CopyTo(_text.AsSpan(_length));
        }
        _length = Math.Min(_length + octets.Length, MaxText + 1);
    }
}
