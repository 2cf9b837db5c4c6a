namespace MailIngest.Polling;

/// <summary>How many messages and octets (by LIST) a session may still RETR. The first message is always admitted: a limit delays mail, it never strands it.</summary>
/// <param name="messages">0: no limit.</param>
/// <param name="octets">0: no limit.</param>
public sealed class FetchBudget(int messages, long octets)
{
    int _messages;
    long _octets;

    /// <summary>Takes the message into the session, or says that it has to wait for another one.</summary>
    public bool Admits(long listedOctets)
    {
        if (_messages > 0 && ((messages > 0 && _messages >= messages) || (octets > 0 && _octets + listedOctets > octets)))
            return false;
        _messages++;
        _octets += listedOctets;
        return true;
    }
}
