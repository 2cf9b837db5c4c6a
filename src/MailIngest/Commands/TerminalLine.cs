namespace MailIngest.Commands;

/// <summary>The last line of a terminal, drawn again and again; log lines go above it.</summary>
sealed class TerminalLine(TextWriter terminal)
{
    readonly Lock _gate = new();
    string _text = "";

    /// <summary>Shows the text in place of the last one; an empty text removes the line.</summary>
    public void Draw(string text)
    {
        lock (_gate)
        {
            terminal.Write($"\r\x1b[K{text}");
            terminal.Flush();
            _text = text;
        }
    }

    /// <summary>Lets somebody write whole lines above it.</summary>
    public void Above(Action write)
    {
        lock (_gate)
        {
            if (_text.Length > 0)
                terminal.Write("\r\x1b[K");
            write();
            if (_text.Length > 0)
                terminal.Write(_text);
            terminal.Flush();
        }
    }
}
