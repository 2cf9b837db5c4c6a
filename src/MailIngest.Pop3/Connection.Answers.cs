using System.Runtime.CompilerServices;
using System.Text;

namespace MailIngest.Pop3;

/// <summary>Takes one line of a multi-line answer; false when it cannot be one.</summary>
delegate bool LineTaker(ReadOnlySpan<byte> line);

/// <summary>How answers are read: status lines, the lines after them, SASL challenges; and what of it may be shown.</summary>
sealed partial class Connection
{
    /// <summary>What no answer may show, even when the server repeats it: the password, until the maildrop is open. The longest first:
    /// one may be part of another.</summary>
    public IReadOnlyList<string> Secrets
    {
        get;
        set => field = [.. value.SelectMany(AsDecoded).Where(secret => secret.Length > 0).OrderByDescending(secret => secret.Length)];
    } = [];

    /// <summary>What is being waited for, in words.</summary>
    string Answer => _answering is null ? "the greeting" : $"the answer to {_answering}";

    /// <summary>The status line read last.</summary>
    public ReadOnlySpan<byte> Line => _unread.Line;

    /// <summary>Reads the status line that answers the oldest command; "+OK" to a multi-line command opens its answer.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Reply> ReadReplyAsync(bool multiLine, CancellationToken stop)
    {
        NextAnswer(stop);
        await ReadStatusLineAsync(_options.MaxReplyLine, stop);
        var reply = TakeReply();
        if (multiLine && reply.Ok)
        {
            _answerOpen = true;
            _watchdog.AnswerBegins();
        }
        return reply;
    }

    /// <summary>Sends a command and reads its one-line answer.</summary>
    public ValueTask<Reply> AskAsync(Command command, CancellationToken stop)
    {
        Send(command);
        return ReadReplyAsync(false, stop);
    }

    /// <summary>The greeting is an answer that nothing was sent for (RFC 1939 §4).</summary>
    public async ValueTask<Reply> ReadGreetingAsync(CancellationToken stop)
    {
        await ReadStatusLineAsync(_options.MaxReplyLine, stop);
        return TakeReply();
    }

    /// <summary>
    /// Reads "+ challenge" or the status line that ends the exchange (RFC 5034 §4). The challenge is what follows the "+", undecoded.
    /// </summary>
    public async ValueTask<(Reply? Reply, byte[] Challenge)> ReadChallengeAsync(CancellationToken stop)
    {
        NextAnswer(stop);
        await ReadStatusLineAsync(_options.MaxSaslLine, stop);
        var line = Line;
        if (line is not [(byte)'+', ..] || line.StartsWith("+OK"u8)) return (TakeReply(), []);
        Record(true, "+ ****");
        return (null, line[1..].TrimStart((byte)' ').ToArray());
    }

    /// <summary>Reads the lines of an open answer up to the termination octet, its byte-stuffing undone.</summary>
    public async ValueTask ReadLinesAsync(LineTaker take, int maxOctets, int maxLines, CancellationToken stop)
    {
        for (var lines = 0; ;)
        {
            while (TryTakeLine(maxOctets))
            {
                if (Line is [(byte)'.'])
                {
                    EndAnswer();
                    return;
                }
                if (lines++ == maxLines) throw Break($"has more than {maxLines} lines");
                TakeListed(take);
            }
            await FillAsync(stop);
        }
    }

    /// <summary>The open answer was read to its end.</summary>
    public void EndAnswer()
    {
        _answerOpen = false;
        _watchdog.AnswerEnds();
    }

    /// <param name="reply">The answer.</param>
    /// <param name="isCredentials">It is about user and password.</param>
    /// <param name="isTransient">It may pass.</param>
    /// <param name="loginDelay">What the server had announced.</param>
    /// <param name="complaint">What the server had said about it before, as it was said.</param>
    public Pop3RefusedException Refused(
        Reply reply, bool isCredentials = false, bool? isTransient = null, int? loginDelay = null, string? complaint = null) => new(
        $"{Server}: {(_answering is null ? "the connection" : _answering)} was refused: {reply}"
            + (complaint is null ? "" : $" ({HostileText.Escape(Mask(complaint))})"),
        _answering?.ToString() ?? "greeting", reply, isCredentials,
        isTransient ?? (reply.Code is { } code
            && (code.Is(ResponseCode.SysTemp) || code.Is(ResponseCode.InUse) || code.Is(ResponseCode.LoginDelay))))
    {
        LoginDelay = loginDelay,
    };

    void SendInside(Command command, long answerOctets = 0)
    {
        if (_options.Transcript is not null) Record(false, command.ToString());
        Window.Add(command, answerOctets);
        _writer.Append(command.ToOctets());
    }

    void NextAnswer(CancellationToken stop)
    {
        if (stop.IsCancellationRequested) Abort(new OperationCanceledException(stop));
        if (IsBroken) throw Failure();
        _answering = Window.TakeAnswered();
        _writer.Flush();
    }

    async ValueTask ReadStatusLineAsync(int maxOctets, CancellationToken stop)
    {
        while (!TryTakeLine(maxOctets))
        {
            // There is no CRLF yet, so an LF is a bare one. A server that never sends CRLF would be waited for until the time-out.
            if (Unread.Contains((byte)'\n')) throw BareLf();
            await FillAsync(stop);
        }
        if (Line.Contains((byte)'\n')) throw BareLf();
        Window.Answered();
    }

    Pop3ProtocolException BareLf() => Break("has a line that ends in LF alone");

    Reply TakeReply()
    {
        var reply = Reply.Parse(Line) ?? throw Break(Line.IsEmpty ? "is an empty line" : $"is neither +OK nor -ERR but \"{Show(Line)}\"");
        if (Secrets.Count > 0) reply = Masked(reply);
        Record(true, reply);
        return reply;
    }

    bool TryTakeLine(int maxOctets) => _unread.TryTakeLine(maxOctets) switch
    {
        LineSearch.Found => true,
        LineSearch.Incomplete => false,
        _ => throw Break($"has a line of more than {maxOctets} octets"),
    };

    void TakeListed(LineTaker take)
    {
        var line = Line;
        if (line is [(byte)'.', ..]) line = line[1..];
        if (!take(line)) throw Break($"has the line \"{Show(line)}\", which makes no sense there");
        if (_options.Transcript is not null) Record(true, Mask(HostileText.Decode(line)));
    }

    void Record(bool fromServer, object line)
    {
        if (_options.Transcript is not { } transcript) return;
        transcript(new TranscriptLine(fromServer, HostileText.Escape(line.ToString()!, 1000)));
    }

    string Show(ReadOnlySpan<byte> octets) => HostileText.Escape(Mask(HostileText.Decode(octets)));

    /// <summary>A code is text too, in upper case. One that is known is no secret, and something depends on it.</summary>
    Reply Masked(Reply reply)
    {
        var text = Mask(reply.Text);
        return text == reply.Text ? reply
            : reply with { Text = text, Code = reply.Code is { IsKnown: true } ? reply.Code : ResponseCode.Parse(text) };
    }

    /// <summary>A line that is not UTF-8 as a whole is read as Latin-1, and a secret in it with it.</summary>
    static string[] AsDecoded(string secret) =>
        Ascii.IsValid(secret) ? [secret] : [secret, Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(secret))];

    string Mask(string text)
    {
        foreach (var secret in Secrets) text = text.Replace(secret, "****", StringComparison.Ordinal);
        return text;
    }
}
