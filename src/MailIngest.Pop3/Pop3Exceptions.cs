namespace MailIngest.Pop3;

/// <summary>
/// A POP3 session did not go as asked. The message is one sentence that names the server, the command and what came instead.
/// </summary>
public abstract class Pop3Exception(string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>True when trying again later may help without anybody's doing.</summary>
    public abstract bool IsTransient { get; }
}

/// <summary>The server answered "-ERR". The session stays usable.</summary>
public sealed class Pop3RefusedException : Pop3Exception
{
    internal Pop3RefusedException(string message, string command, Reply reply, bool isCredentials, bool isTransient) : base(message)
    {
        Command = command;
        Reply = reply;
        IsCredentials = isCredentials;
        IsTransient = isTransient;
    }

    /// <summary>What was refused: "RETR 5"; for PASS, AUTH and APOP never with its argument; "greeting" for the greeting.</summary>
    public string Command { get; }

    public Reply Reply { get; }

    /// <summary>
    /// The LOGIN-DELAY that the server had announced when it refused this sign-in, in seconds (RFC 2449 §6.5); null: none, or no sign-in.
    /// </summary>
    public int? LoginDelay { get; internal init; }

    /// <summary>True for [SYS/TEMP], [IN-USE], [LOGIN-DELAY] and for a refusing greeting. Prose is never judged.</summary>
    public override bool IsTransient { get; }

    /// <summary>
    /// True when user or password are wrong: [AUTH] (RFC 3206 §5), or a sign-in refused without any code by a server that does not
    /// announce AUTH-RESP-CODE and so cannot tell.
    /// </summary>
    public bool IsCredentials { get; }
}

/// <summary>The conversation is out of step or past a limit. The session is broken, nothing more is sent.</summary>
public sealed class Pop3ProtocolException : Pop3Exception
{
    internal Pop3ProtocolException(string message, bool connectionLost = false) : base(message) => ConnectionLost = connectionLost;

    /// <summary>
    /// True when the server closed the connection inside or instead of an answer; false when what it sent cannot be right.
    /// </summary>
    public bool ConnectionLost { get; }

    public override bool IsTransient => true;
}

/// <summary>The session has lasted as long as the options allow. It is broken, nothing more is sent.</summary>
public sealed class SessionTimeoutException : TimeoutException
{
    internal SessionTimeoutException(string message) : base(message) { }
}

/// <summary>
/// The connection cannot be protected as required: handshake, certificate, name, or STLS refused, missing or tampered with.
/// </summary>
public sealed class Pop3TlsException : Pop3Exception
{
    internal Pop3TlsException(string message, Exception? cause = null) : base(message, cause) { }

    public override bool IsTransient => false;
}

/// <summary>The sign-in that was asked for cannot be made with this server. Nothing secret was sent.</summary>
public sealed class Pop3SignInException : Pop3Exception
{
    internal Pop3SignInException(string message) : base(message) { }

    public override bool IsTransient => false;
}
