namespace MailIngest.Pop3;

/// <summary>
/// An open, locked maildrop: the TRANSACTION state. QUIT commits the deletions; disposing without it deletes nothing, the connection is
/// closed and nothing more is sent (RFC 1939 §6). For one caller at a time.
/// </summary>
/// <remarks>
/// Any call may throw <see cref="Pop3ProtocolException"/>, <see cref="IOException"/>, <see cref="TimeoutException"/> or
/// <see cref="OperationCanceledException"/>; after each of them the session <see cref="IsBroken"/> and every further call throws
/// <see cref="InvalidOperationException"/>. Cancelling a call breaks the session.
/// </remarks>
public sealed partial class MaildropSession : IAsyncDisposable
{
    readonly Connection _connection;
    readonly Pop3Options _options;
    bool _quit;
    bool _listingUnderWay;

    /// <param name="listing">STAT, LIST and UIDL are under way: their answers come next.</param>
    internal MaildropSession(Connection connection, Capabilities capabilities, Pop3Options options, bool listing = false)
    {
        _listingUnderWay = listing;
        _connection = connection;
        _options = options;
        Capabilities = capabilities;
        CertificateExpires = connection.CertificateExpires;
        Pipelines = options.Pipelining == Pipelining.On || (options.Pipelining == Pipelining.Auto && capabilities.Pipelining);
        connection.Window.Commands = Pipelines ? options.WindowCommands : 1;
    }

    /// <summary>What the server announced after sign-in.</summary>
    public Capabilities Capabilities { get; }

    /// <summary>When the server's certificate expires; null without TLS.</summary>
    public DateTimeOffset? CertificateExpires { get; }

    /// <summary>The connection is out of step, timed out, cancelled or lost: nothing more is sent.</summary>
    public bool IsBroken => _connection.IsBroken;

    /// <summary>Several commands may be under way at once (RFC 2449 §6.6).</summary>
    public bool Pipelines { get; private set; }

    /// <summary>STAT: how many messages and octets, those marked deleted not counted (RFC 1939 §5).</summary>
    /// <exception cref="Pop3RefusedException">The server refused; the session stays usable.</exception>
    public async Task<DropListing> StatAsync(CancellationToken stop)
    {
        Send(Command.Of("STAT"));
        var reply = await ReadStatAsync(stop);
        return reply.Listing ?? throw _connection.Refused(reply.Reply);
    }

    /// <summary>LIST: number and octets of every message (RFC 1939 §5).</summary>
    /// <exception cref="Pop3RefusedException">The server refused; the session stays usable.</exception>
    public Task<IReadOnlyList<ScanListing>> ListAsync(CancellationToken stop) =>
        AskListAsync<ScanListing>("LIST", ScanListing.TryParse, stop);

    /// <summary>LIST n.</summary>
    /// <exception cref="Pop3RefusedException">There is no such message; the session stays usable.</exception>
    public Task<ScanListing> ListAsync(int number, CancellationToken stop) =>
        AskOneAsync<ScanListing>("LIST", number, ScanListing.TryParse, listing => listing.Number, stop);

    /// <summary>UIDL: number and unique-id of every message (RFC 1939 §7).</summary>
    /// <exception cref="Pop3RefusedException">The server refused; the session stays usable.</exception>
    public Task<IReadOnlyList<UniqueIdListing>> UidlAsync(CancellationToken stop) =>
        AskListAsync<UniqueIdListing>("UIDL", UniqueIdLine, stop);

    /// <summary>UIDL n.</summary>
    /// <exception cref="Pop3RefusedException">There is no such message; the session stays usable.</exception>
    public Task<UniqueIdListing> UidlAsync(int number, CancellationToken stop) =>
        AskOneAsync<UniqueIdListing>("UIDL", number, UniqueIdListing.TryParse, listing => listing.Number, stop);

    /// <summary>NOOP: keeps the session alive. A refusal is returned.</summary>
    public Task<Reply> NoopAsync(CancellationToken stop) => AskAsync("NOOP", stop);

    /// <summary>RSET: takes back every mark of DELE (RFC 1939 §5). A refusal is returned.</summary>
    public Task<Reply> ResetAsync(CancellationToken stop) => AskAsync("RSET", stop);

    /// <summary>
    /// QUIT: the server removes what is marked and answers how that went (RFC 1939 §6). "-ERR" is returned: some or none were removed.
    /// Not even "+OK" proves it; a later complete listing does. When the answer is lost, this throws and the messages may be gone.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// The session is broken, or an answer was not read to its end: nothing is sent.
    /// </exception>
    public async Task<Reply> QuitAsync(CancellationToken stop)
    {
        var reply = await AskAsync("QUIT", stop);
        _quit = true;
        return reply;
    }

    /// <summary>From now on no command is sent before the one before it is answered.</summary>
    public void OneAtATime()
    {
        Pipelines = false;
        _connection.Window.Commands = 1;
    }

    /// <summary>
    /// For a session that was refused something: proves that every answer was taken for its own command, by a STAT, whose answer looks
    /// like no other (two numbers, RFC 1939 §5), and from now on has one command under way at a time, so that the next "-ERR" has one
    /// meaning.
    /// </summary>
    /// <param name="listed">How many messages there were; another client may have removed some.</param>
    /// <exception cref="Pop3ProtocolException">The answer is none to STAT: the session is out of step and broken.</exception>
    /// <exception cref="Pop3RefusedException">The server refused.</exception>
    public async Task FallInStepAsync(int listed, CancellationToken stop)
    {
        OneAtATime();
        Send(Command.Of("STAT"));
        var (reply, drop) = await ReadStatAsync(stop);
        if (drop is not { } counted) throw _connection.Refused(reply);
        if (counted.Octets < 0 || counted.Messages > listed)
            throw _connection.Break($"is none to STAT but says \"{reply}\"");
    }

    /// <summary>Closes the connection. Without <see cref="QuitAsync"/> before it the server deletes nothing.</summary>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    async Task<Reply> AskAsync(string keyword, CancellationToken stop)
    {
        Send(Command.Of(keyword));
        return await _connection.ReadReplyAsync(false, stop);
    }

    async Task<IReadOnlyList<T>> AskListAsync<T>(string keyword, LineParser<T> parse, CancellationToken stop)
    {
        Send(Command.Of(keyword));
        var (reply, listing) = await ReadListAsync(parse, stop);
        return reply.Ok ? listing : throw _connection.Refused(reply);
    }

    async Task<T> AskOneAsync<T>(string keyword, int number, LineParser<T> parse, Func<T, int> numberOf, CancellationToken stop)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(number, 1);
        Send(Command.Of(keyword, number));
        var reply = await _connection.ReadReplyAsync(false, stop);
        if (!reply.Ok) throw _connection.Refused(reply);
        if (!parse(Reply.ArgumentsOf(_connection.Line), out var listing) || numberOf(listing) != number)
            throw _connection.Break($"does not list message {number} but says \"{reply}\"");
        return listing;
    }

    void Send(Command command, long answerOctets = 0)
    {
        if (_quit) throw new InvalidOperationException($"{_connection.Server}: the session is over, it has quit.");
        if (_listingUnderWay)
            throw new InvalidOperationException($"{_connection.Server}: {command} must wait until the listing under way was read.");
        _connection.Send(command, answerOctets);
    }
}
