namespace MailIngest.Pop3;

/// <summary>How a connection breaks: once, for one reason, which is told to whoever asks first.</summary>
sealed partial class Connection
{
    /// <summary>The server cannot be followed any more: what it did wrong in the answer that is being read.</summary>
    public Pop3ProtocolException Break(string flaw) => Broken($"{Server}: {Answer} {flaw}; the session was ended.");

    /// <summary>Ends the connection for a reason that is thrown by whoever waits for it, now or next.</summary>
    public T Abort<T>(T reason) where T : Exception
    {
        if (Interlocked.CompareExchange(ref _failure, reason, null) is not null) return reason;
        _lifetime.Cancel();
        _transport.Dispose();
        return reason;
    }

    /// <summary>Whoever wanted the answers has left before they were read; they cannot be skipped at a price that is known.</summary>
    public void Abandon()
    {
        if (!IsBroken) Broken($"{Server}: the session was ended because {Answer} was not read to its end.");
    }

    /// <summary>Why it broke; to those who ask again, that it did.</summary>
    public Exception Failure()
    {
        var reason = Volatile.Read(ref _failure)!;
        if (reason is not ObjectDisposedException && Interlocked.Exchange(ref _reported, 1) == 0) return reason;
        return new InvalidOperationException($"{Server}: the session is over: {reason.Message}", reason);
    }

    Pop3ProtocolException Broken(string message, bool connectionLost = false)
    {
        Volatile.Write(ref _reported, 1);
        return Abort(new Pop3ProtocolException(message, connectionLost));
    }

    Exception Lost(Exception cause, string when)
    {
        if (IsBroken) return Failure();
        Volatile.Write(ref _reported, 1);
        return Abort(new IOException($"{Server}: the connection was lost {when}: {TlsHandshake.Cause(cause)}", cause));
    }

    void SendingFailed(Exception cause)
    {
        if (IsBroken) return;
        Abort(new IOException($"{Server}: the connection was lost while a command was being sent: {TlsHandshake.Cause(cause)}", cause));
    }

    void Expired(Expiry why)
    {
        var what = why switch
        {
            Expiry.Connecting => $"no connection, protection and greeting within {Seconds(_options.ConnectTimeout)}",
            Expiry.Silence => $"silence for {Seconds(_options.Timeout)} while {Answer} was awaited",
            Expiry.Session => $"the session has lasted {Seconds(_options.SessionTimeout)}, the longest allowed, and {Answer} was awaited",
            _ => $"{Answer} comes in at less than {_options.MinimumRate} octets per second",
        };
        var sentence = $"{Server}: {what}; the connection was closed.";
        Abort(why == Expiry.Session ? new SessionTimeoutException(sentence) : new TimeoutException(sentence));
    }

    static string Seconds(TimeSpan span) => FormattableString.Invariant($"{span.TotalSeconds:0.###} s");
}
