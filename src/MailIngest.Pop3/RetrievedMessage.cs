namespace MailIngest.Pop3;

/// <summary>The answer to one RETR or TOP: the message's octets as they arrive, or a refusal.</summary>
public sealed class RetrievedMessage
{
    internal RetrievedMessage(int number, long listedOctets, Reply reply, Stream content) =>
        (Number, ListedOctets, Reply, Content) = (number, listedOctets, reply, content);

    public int Number { get; }

    /// <summary>What LIST said; 0 for TOP. The content may have more octets or fewer: whoever stores it compares.</summary>
    public long ListedOctets { get; }

    public Reply Reply { get; }

    /// <summary>The server answered "-ERR"; there is no content, and the session goes on.</summary>
    public bool Refused => !Reply.Ok;

    /// <summary>The message, forward only, asynchronous only. Read it to its end before asking for the next message.</summary>
    public Stream Content { get; }
}
