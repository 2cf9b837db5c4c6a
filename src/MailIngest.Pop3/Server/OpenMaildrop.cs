namespace MailIngest.Pop3.Server;

/// <summary>A maildrop opened for one session: numbered, sized, locked (RFC 1939 §4).</summary>
sealed class OpenMaildrop : IDisposable
{
    readonly Maildrop _maildrop;
    readonly IDisposable? _exclusiveAccess;

    /// <exception cref="IOException">The maildrop cannot be read; the lock is released.</exception>
    public OpenMaildrop(Maildrop maildrop, IDisposable? exclusiveAccess)
    {
        (_maildrop, _exclusiveAccess) = (maildrop, exclusiveAccess);
        try
        {
            All = [.. maildrop.Messages.Select((message, index) => new SessionMessage(index + 1, message))];
        }
        catch
        {
            exclusiveAccess?.Dispose();
            throw;
        }
    }

    /// <summary>Every message, the marked ones too: numbers never change within a session.</summary>
    public IReadOnlyList<SessionMessage> All { get; }

    /// <summary>What STAT, LIST and UIDL speak of.</summary>
    public IEnumerable<SessionMessage> Listed => All.Where(message => !message.IsMarked);

    /// <summary>The one judge of message-numbers.</summary>
    public SessionMessage? Find(CommandLine line, out string refusal)
    {
        refusal = line.Number switch
        {
            null => "a message-number is a decimal number",
            0 => "message-numbers begin at 1",
            { } number when number > All.Count => $"no such message, only {All.Count} messages in maildrop",
            { } number when All[number - 1].IsMarked => $"message {number} already deleted",
            _ => "",
        };
        return refusal.Length == 0 ? All[line.Number!.Value - 1] : null;
    }

    /// <summary>Nobody else has removed it meanwhile.</summary>
    public bool Holds(SessionMessage message) => _maildrop.Holds(message.Message);

    /// <summary>Removes a message for good; false when it was gone already.</summary>
    /// <exception cref="IOException">It cannot be removed.</exception>
    public bool Remove(SessionMessage message) => _maildrop.Remove(message.Message);

    /// <summary>Releases the exclusive-access lock.</summary>
    public void Dispose() => _exclusiveAccess?.Dispose();
}
