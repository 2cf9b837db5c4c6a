using System.Runtime.CompilerServices;

namespace MailIngest.Pop3;

/// <summary>The messages: RETR, TOP and DELE, in a window of unanswered commands when pipelining.</summary>
public sealed partial class MaildropSession
{
    /// <summary>
    /// RETR (RFC 1939 §5). The window is topped up when answers have been read; once <paramref name="enough"/> is cancelled no new
    /// RETR is sent, and those under way are still given out. Each message's content must be read to its end before the next is asked
    /// for: leaving early, with answers outstanding, breaks the session. A refused message is given out as refused.
    /// </summary>
    public IAsyncEnumerable<RetrievedMessage> RetrieveAsync(
        IReadOnlyList<ScanListing> messages, CancellationToken enough, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(messages);
        return FetchAsync(
            messages.Count, at => messages[at], message => Command.Of("RETR", message.Number), _options.MaxOctetsOf, enough, stop);
    }

    /// <summary>TOP: the header, the blank line and so many lines of the body (RFC 1939 §7), in the same way as RETR.</summary>
    public IAsyncEnumerable<RetrievedMessage> TopAsync(IReadOnlyList<int> numbers, int lines, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(numbers);
        ArgumentOutOfRangeException.ThrowIfNegative(lines);
        return FetchAsync(numbers.Count, at => new ScanListing(numbers[at], 0), message => Command.Of("TOP", message.Number, lines),
            _ => _options.MaxTopOctets, default, stop);
    }

    /// <summary>
    /// DELE: marks messages (RFC 1939 §5); nothing is removed before <see cref="QuitAsync"/>. One reply each, in order; "-ERR" is a reply.
    /// </summary>
    public async Task<IReadOnlyList<Reply>> DeleteAsync(IReadOnlyList<int> numbers, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(numbers);
        var replies = new List<Reply>(numbers.Count);
        for (var sent = 0; replies.Count < numbers.Count;)
        {
            for (; sent < numbers.Count && _connection.Window.Admits(); sent++) Send(Command.Of("DELE", numbers[sent]));
            replies.Add(await _connection.ReadReplyAsync(false, stop));
        }
        return replies;
    }

    async IAsyncEnumerable<RetrievedMessage> FetchAsync(int count, Func<int, ScanListing> messageAt, Func<ScanListing, Command> command,
        Func<long, long> maxOctets, CancellationToken enough, [EnumeratorCancellation] CancellationToken stop)
    {
        // Given out in order, so the oldest unanswered message is number `answered`.
        var (sent, answered) = (0, 0);
        try
        {
            while (true)
            {
                for (; sent < count && !enough.IsCancellationRequested && _connection.Window.Admits(); sent++)
                    Send(command(messageAt(sent)), messageAt(sent).Octets);
                if (answered == sent) yield break;

                var message = messageAt(answered);
                var reply = await _connection.ReadReplyAsync(true, stop);
                answered++;
                if (!reply.Ok)
                {
                    yield return new RetrievedMessage(message.Number, message.Octets, reply, Stream.Null);
                    continue;
                }
                var content = new MessageStream(_connection, maxOctets(message.Octets));
                yield return new RetrievedMessage(message.Number, message.Octets, reply, content);
                if (!content.Ended)
                    throw new InvalidOperationException(
                        $"{_connection.Server}: message {message.Number} must be read to its end before the next.");
            }
        }
        finally
        {
            if (answered < sent || _connection.IsBusy) _connection.Abandon();
        }
    }
}
