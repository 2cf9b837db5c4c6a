using System.Globalization;

namespace MailIngest.Pop3.Server;

/// <content>The TRANSACTION state and the UPDATE that QUIT enters (RFC 1939 §5, §6, §7).</content>
sealed partial class ServerSession
{
    byte[] _chunk = [];

    /// <summary>RFC 1939 §5: the drop listing, marked messages not counted.</summary>
    public ValueTask Stat()
    {
        var (messages, octets) = (0, 0L);
        foreach (var message in _maildrop!.Listed)
            (messages, octets) = (messages + 1, octets + message.Octets);
        Ok(string.Create(CultureInfo.InvariantCulture, $"{messages} {octets}"));
        return ValueTask.CompletedTask;
    }

    /// <summary>RFC 1939 §5: scan listings.</summary>
    public ValueTask ListAsync(CommandLine line) =>
        ListingAsync(line, message => message.Octets.ToString(CultureInfo.InvariantCulture));

    /// <summary>RFC 1939 §7: unique-id listings.</summary>
    public ValueTask UidlAsync(CommandLine line) => ListingAsync(line, message => message.UniqueId);

    /// <summary>RFC 1939 §5: the whole message.</summary>
    public ValueTask RetrAsync(CommandLine line) => SendAsync(line, null);

    /// <summary>RFC 1939 §7: the header, the blank line, and so many lines of the body.</summary>
    public ValueTask TopAsync(CommandLine line)
    {
        if (long.TryParse(line.Arguments[1], NumberStyles.None, CultureInfo.InvariantCulture, out var lines))
            return SendAsync(line, lines);
        Refuse("the number of lines is a decimal number");
        return ValueTask.CompletedTask;
    }

    /// <summary>RFC 1939 §5: marks, and removes nothing.</summary>
    public ValueTask Dele(CommandLine line)
    {
        if (_maildrop!.Find(line, out var refusal) is not { } message)
            Refuse(refusal);
        else
        {
            message.IsMarked = true;
            Ok($"message {message.Number} deleted");
        }
        return ValueTask.CompletedTask;
    }

    /// <summary>RFC 1939 §5.</summary>
    public ValueTask Noop()
    {
        Ok();
        return ValueTask.CompletedTask;
    }

    /// <summary>RFC 1939 §5: unmarks all.</summary>
    public ValueTask Rset()
    {
        foreach (var message in _maildrop!.All)
            message.IsMarked = false;
        Ok($"maildrop has {_maildrop.All.Count} messages");
        return ValueTask.CompletedTask;
    }

    /// <summary>RFC 1939 §6: removes what is marked, releases the lock, and only then answers with what became of it.</summary>
    public ValueTask Quit()
    {
        if (_state == SessionStates.Transaction)
        {
            _state = SessionStates.Update;
            var plan = _fault.Update?.Invoke(_maildrop!.All) ?? new([.. _maildrop!.All.Where(message => message.IsMarked)]);
            var isComplete = Remove(plan.Remove) && !plan.AdmitsFailure;
            _maildrop!.Dispose();
            if (!isComplete)
            {
                Refuse("some deleted messages not removed", Code("SYS/TEMP"));
                return ValueTask.CompletedTask;
            }
        }
        _state = SessionStates.Update;
        Ok("bye");
        return ValueTask.CompletedTask;
    }

    async ValueTask ListingAsync(CommandLine line, Func<SessionMessage, string> text)
    {
        if (line.Arguments.Count == 0)
        {
            Ok();
            foreach (var row in Rows(_maildrop!.Listed))
            {
                _answer.Line(Text(row));
                await FlushWhenFullAsync();
            }
            _answer.Line(".");
        }
        else if (_maildrop!.Find(line, out var refusal) is not { } message)
            Refuse(refusal);
        else if (Rows([message]) is [var row, ..])
            Ok(Text(row));
        else
            Refuse("no such message");

        IReadOnlyList<ListingRow> Rows(IEnumerable<SessionMessage> messages)
        {
            IReadOnlyList<ListingRow> rows = [.. messages.Select(message => new ListingRow(message.Number, text(message)))];
            return _fault.Rows is { } lies ? lies(rows) : rows;
        }

        static string Text(ListingRow row) => string.Create(CultureInfo.InvariantCulture, $"{row.Number} {row.Text}");
    }

    async ValueTask SendAsync(CommandLine line, long? bodyLines)
    {
        if (_maildrop!.Find(line, out var refusal) is not { } message)
        {
            Refuse(refusal);
            return;
        }
        if (await OpenAsync(message) is not { } content)
            return;

        await using (content)
        {
            Ok(bodyLines is null ? string.Create(CultureInfo.InvariantCulture, $"{message.Octets} octets") : "top of message");
            var octets = await StuffAsync(message.Number, content, bodyLines);
            if (bodyLines is null && _fault.Body is null && octets != message.Octets && !_answer.ClientIsGone)
                throw new UnreadableMessageException(message.Number, $"it has {octets} octets, listed were {message.Octets}");
        }
        _answer.Octets(".\r\n"u8);
        message.WasRetrieved |= bodyLines is null;
    }

    /// <summary>The message's content before byte-stuffing; null when it was refused.</summary>
    async ValueTask<Stream?> OpenAsync(SessionMessage message)
    {
        if (!_maildrop!.Holds(message))
        {
            Refuse($"message {message.Number} was removed by another session");
            return null;
        }
        try
        {
            if (_options.Utf8 && !_utf8 && await HasEightBitHeaderAsync(message.Message))
            {
                Refuse("this message has UTF-8 in its header, send UTF8 before signing in", Code("UTF8"));
                return null;
            }
            return _fault.Body is { } lies
                ? new MemoryStream(lies(new(() => Stored(message.Message), message.Message.ToArray, _fault.Occurrence,
                    other => _maildrop!.All[other - 1].Message.ToArray())))
                : message.Message.OpenLines();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Refuse($"message {message.Number} cannot be read now", Code("SYS/TEMP"));
            return null;
        }
    }

    /// <summary>Sends content, byte-stuffed; the octets sent, stuffing not counted.</summary>
    async ValueTask<long> StuffAsync(int number, Stream content, long? bodyLines)
    {
        if (_chunk.Length == 0)
            _chunk = new byte[32 * 1024];
        var stuffing = new DotStuffing(stuffsFirstOctet: !_fault.ForgetsFirstDot);
        var top = new TopLimit(bodyLines ?? 0);
        var octets = 0L;
        while (!top.IsReached && !_answer.ClientIsGone)
        {
            int read;
            try
            {
                read = await content.ReadAsync(_chunk, Stop);
            }
            catch (IOException e)
            {
                throw new UnreadableMessageException(number, e.Message, e);
            }
            if (read == 0)
                break;
            var take = bodyLines is null ? read : top.Take(_chunk.AsSpan(0, read));
            stuffing.Write(_chunk.AsSpan(0, take), _answer);
            octets += take;
            await FlushWhenFullAsync();
        }
        return octets;
    }

    ValueTask FlushWhenFullAsync()
    {
        Touch();
        return _answer.FlushWhenFullAsync(Stop);
    }

    bool Remove(IEnumerable<SessionMessage> messages)
    {
        var isComplete = true;
        foreach (var message in messages)
            isComplete &= Remove(message);
        return isComplete;
    }

    /// <summary>False when it cannot be removed. One that another session removed before is as good as removed.</summary>
    bool Remove(SessionMessage message)
    {
        try
        {
            if (_maildrop!.Remove(message))
                Happened(ServerEventKind.Removed, "", _verb, message.Number, message.UniqueId);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>RFC 6856 §4: such a message is for clients that asked for UTF8.</summary>
    async ValueTask<bool> HasEightBitHeaderAsync(MaildropMessage message)
    {
        await using var content = message.OpenLines();
        var header = new TopLimit(0);
        var octets = new byte[4096];
        while (!header.IsReached && await content.ReadAsync(octets, Stop) is var read && read > 0)
        {
            if (octets.AsSpan(0, header.Take(octets.AsSpan(0, read))).IndexOfAnyInRange((byte)0x80, (byte)0xFF) >= 0)
                return true;
        }
        return false;
    }

    static byte[] Stored(MaildropMessage message)
    {
        using var content = message.OpenStored();
        using var octets = new MemoryStream();
        content.CopyTo(octets);
        return octets.ToArray();
    }
}
