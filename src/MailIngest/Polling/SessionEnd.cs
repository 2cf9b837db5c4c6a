namespace MailIngest.Polling;

/// <summary>How a session ended, and what the poll does next.</summary>
enum SessionEnd
{
    /// <summary>Nothing more to do in this poll.</summary>
    Done,

    /// <summary>Committed, and a limit asks for another session.</summary>
    More,

    /// <summary>Committed, and a message that failed before waits for a session of its own.</summary>
    Alone,

    /// <summary>Ended at a message that failed, or moved nothing; the others deserve another session.</summary>
    Fruitless,
}
