namespace MailIngest.Pop3.Server;

/// <summary>A message within one session: its number, its size as noted at the start, and its marks.</summary>
sealed class SessionMessage(int number, MaildropMessage message)
{
    public int Number { get; } = number;
    public MaildropMessage Message { get; } = message;
    public string UniqueId => Message.UniqueId;
    public long Octets => Message.Octets;

    /// <summary>DELE was answered with +OK: QUIT will remove it.</summary>
    public bool IsMarked { get; set; }

    /// <summary>RETR sent it to the end.</summary>
    public bool WasRetrieved { get; set; }
}
