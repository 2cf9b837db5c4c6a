namespace MailIngest.Settings;

/// <summary>One thing wrong (or unwise) in the configuration: where, and what to write instead.</summary>
/// <param name="File">The configuration file.</param>
/// <param name="Line">1-based; 0 when it is about the file as a whole.</param>
/// <param name="Key">The key, dotted when nested ("blobs.folder"); the message goes on from it. Null: it goes on from the file.</param>
/// <param name="Message">What is wrong and what to write instead. Never holds a secret.</param>
/// <param name="Column">1-based, for errors of syntax; else 0.</param>
public sealed record ConfigProblem(string File, int Line, string? Key, string Message, int Column = 0)
{
    /// <summary>"mailboxes/sales.json:7: timeout is "5 min"; write …"</summary>
    public override string ToString()
    {
        var place = (Line, Column) switch
        {
            (0, _) => File,
            (_, 0) => $"{File}:{Line}",
            _ => $"{File}:{Line}:{Column}",
        };
        return Key is null ? $"{place}: {Message}" : $"{place}: {Key} {Message}";
    }
}
