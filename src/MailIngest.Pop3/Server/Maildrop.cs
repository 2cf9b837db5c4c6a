using System.Globalization;

namespace MailIngest.Pop3.Server;

/// <summary>The messages of one user, in memory or in a folder of <c>.eml</c> files, with their exclusive-access lock.</summary>
/// <remarks>Thread safe. A session works on the snapshot it took when it signed in (RFC 1939 §4); what changes here meanwhile it sees
/// as another client's doing: new messages are invisible to it, removed ones are refused.</remarks>
public sealed class Maildrop
{
    readonly Lock _gate = new();
    readonly MaildropFolder? _folder;
    readonly LinkedList<MaildropMessage> _messages = [];
    int _lastNumber;
    bool _isLocked;

    /// <summary>An empty maildrop in memory.</summary>
    public Maildrop()
    {
    }

    Maildrop(MaildropFolder folder) => _folder = folder;

    /// <summary>The <c>.eml</c> files of a folder, in order of their names. A file's unique-id is derived from its name, so it persists.
    /// The folder is read again for every session.</summary>
    /// <exception cref="IOException">The folder or a file in it cannot be read.</exception>
    public static Maildrop Open(string folder)
    {
        var maildrop = new Maildrop(new MaildropFolder(folder));
        _ = maildrop.Messages;
        return maildrop;
    }

    /// <summary>A snapshot of the messages, in the order of their message-numbers.</summary>
    /// <exception cref="IOException">The folder or a file in it cannot be read.</exception>
    public IReadOnlyList<MaildropMessage> Messages
    {
        get
        {
            lock (_gate)
                return _folder is null ? [.. _messages] : _folder.Read();
        }
    }

    /// <summary>How many messages there are.</summary>
    public int Count => Messages.Count;

    /// <summary>A session holds the exclusive-access lock (RFC 1939 §4).</summary>
    public bool IsLocked
    {
        get
        {
            lock (_gate)
                return _isLocked;
        }
    }

    /// <summary>Adds a message at the end; in a folder it becomes a file named after the unique-id.</summary>
    /// <param name="octets">The message as stored; line ends may be LF.</param>
    /// <param name="uniqueId">Its unique-id, any octets as Latin-1; by default one that was never used before.
    /// A unique-id may be used again: that is how a server that re-uses them is played.</param>
    public MaildropMessage Add(ReadOnlyMemory<byte> octets, string? uniqueId = null)
    {
        var stored = octets.ToArray();
        lock (_gate)
        {
            uniqueId ??= NextUniqueId();
            if (_folder is not null)
                return _folder.Add(uniqueId, stored);
            return Append(new(uniqueId, stored));
        }
    }

    /// <summary>Adds a message that is opened when it is asked for and never held in memory.</summary>
    /// <param name="open">Opens the content; called for every RETR and TOP.</param>
    /// <param name="octets">The octets that RETR transmits: with CRLF line ends and a final CRLF, byte-stuffing not counted.
    /// When the content turns out to have another size the connection is dropped without a terminator.</param>
    /// <param name="uniqueId">As in <see cref="Add(ReadOnlyMemory{byte}, string?)"/>.</param>
    /// <exception cref="InvalidOperationException">The maildrop is a folder.</exception>
    public MaildropMessage Add(Func<Stream> open, long octets, string? uniqueId = null)
    {
        if (_folder is not null)
            throw new InvalidOperationException("a folder holds files: write the message into one");
        lock (_gate)
            return Append(new(uniqueId ?? NextUniqueId(), octets, open));
    }

    /// <summary>Removes a message, as a session does in the UPDATE state or another client meanwhile.</summary>
    /// <returns>False when it was gone already.</returns>
    /// <exception cref="IOException">Its file cannot be deleted.</exception>
    public bool Remove(MaildropMessage message)
    {
        lock (_gate)
            return _folder is null ? Unlink(message) : _folder.Remove(message);
    }

    /// <summary>Removes the first message with this unique-id.</summary>
    /// <returns>False when there is none.</returns>
    /// <exception cref="IOException">Its file cannot be deleted.</exception>
    public bool Remove(string uniqueId) => Messages.FirstOrDefault(m => m.UniqueId == uniqueId) is { } message && Remove(message);

    /// <summary>Puts a removed message back under the same unique-id, at the end: the maildrop was restored from a backup.</summary>
    /// <exception cref="InvalidOperationException">Its content went with its file.</exception>
    public void Restore(MaildropMessage message)
    {
        if (message.File is not null)
            throw new InvalidOperationException($"message {message.UniqueId} went with its file {message.File}: write the file again");
        lock (_gate)
            Append(message);
    }

    /// <summary>Takes the exclusive-access lock, as a session does when it signs in (RFC 1939 §4). Disposing releases it.</summary>
    /// <returns>Null when somebody else holds it.</returns>
    public IDisposable? TryLock()
    {
        lock (_gate)
        {
            if (_isLocked)
                return null;
            _isLocked = true;
            return new ExclusiveAccess(this);
        }
    }

    /// <summary>Takes the lock from a process that is no more.</summary>
    internal void Unlock()
    {
        lock (_gate)
            _isLocked = false;
    }

    /// <summary>The message has not been removed since the snapshot was taken.</summary>
    internal bool Holds(MaildropMessage message)
    {
        lock (_gate)
            return _folder is null ? message.Place!.List == _messages : File.Exists(message.File);
    }

    MaildropMessage Append(MaildropMessage message)
    {
        message.Place = _messages.AddLast(message);
        return message;
    }

    bool Unlink(MaildropMessage message)
    {
        if (message.Place is not { } place || place.List != _messages)
            return false;
        _messages.Remove(place);
        return true;
    }

    string NextUniqueId() => "u" + (++_lastNumber).ToString("x8", CultureInfo.InvariantCulture);

    sealed class ExclusiveAccess(Maildrop maildrop) : IDisposable
    {
        bool _released;

        public void Dispose()
        {
            lock (maildrop._gate)
            {
                if (!_released)
                    maildrop._isLocked = false;
                _released = true;
            }
        }
    }
}
