using System.Security.Authentication;

namespace MailIngest.Pop3.Server;

/// <summary>What all sessions of a server share.</summary>
sealed record SharedByServer(Pop3ServerOptions Options, FaultPlayer Faults, ServerEvents Events, LoginDelay LoginDelay);

/// <summary>One client's session: AUTHORIZATION, TRANSACTION, UPDATE (RFC 1939 §3 to §6).</summary>
/// <remarks>The commands are in ServerSession.Authorization.cs and ServerSession.Transaction.cs, in the order of
/// <see cref="CommandTable"/>.</remarks>
sealed partial class ServerSession : IAsyncDisposable
{
    /// <summary>The longest command line, CRLF included (RFC 2449 §4).</summary>
    const int LongestCommand = 255;

    readonly int _number;
    readonly ClientConnection _connection;
    readonly SharedByServer _shared;
    readonly Pop3ServerOptions _options;
    readonly CommandReader _commands;
    readonly AnswerWriter _answer;
    readonly ClientCertificates _clients;
    readonly CancellationTokenSource _ending;
    readonly ITimer _autoLogout;
    volatile bool _isIdle;

    SessionStates _state = SessionStates.Authorization;
    Fault _fault = Fault.None;
    string _verb = FaultScript.Greeting;
    OpenMaildrop? _maildrop;

    public ServerSession(int number, ClientConnection connection, SharedByServer shared, CancellationToken stop)
    {
        (_number, _connection, _shared, _options) = (number, connection, shared, shared.Options);
        _commands = new CommandReader(connection.ReadAsync, _options.Lenient);
        _answer = new AnswerWriter(connection.WriteAsync);
        _clients = new ClientCertificates(_options.ClientAuthorities);
        _ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _autoLogout = _options.Clock.CreateTimer(_ => LogOut(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    CancellationToken Stop => _ending.Token;

    /// <summary>Serves the client until the session ends, one way or another.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var (end, reason) = ((ConnectionEnd?)ConnectionEnd.Cut, "a defect of the server");
        try
        {
            (end, reason) = await ServeToTheEndAsync(stop);
        }
        finally
        {
            LeaveMaildrop();
            Happened(ServerEventKind.Closed, reason, "");
        }

        if (end is null)
            await _connection.CloseAsync(stop);
        else if (end == ConnectionEnd.Reset)
            _connection.Reset();
        else
            await _connection.CutAsync(stop);
    }

    public async ValueTask DisposeAsync()
    {
        await _autoLogout.DisposeAsync();
        _ending.Dispose();
        _connection.Dispose();
    }

    /// <returns>How to end the connection, null for orderly, and why the session is over.</returns>
    async Task<(ConnectionEnd? End, string Reason)> ServeToTheEndAsync(CancellationToken stop)
    {
        try
        {
            try
            {
                return (null, await ServeAsync());
            }
            catch (ConnectionFault fault)
            {
                await _answer.FlushAsync(stop);
                if (fault.End == ConnectionEnd.Stall)
                    await _connection.DrainAsync(stop);
                return (fault.End, "the fault script");
            }
            catch (UnreadableMessageException unreadable)
            {
                // RFC 1939 has no way to take back a +OK: an answer that cannot be completed must not end like one that was.
                await _answer.FlushAsync(stop);
                return (ConnectionEnd.Cut, unreadable.Message);
            }
        }
        catch (Exception gone) when (ClientConnection.IsGone(gone) || gone is AuthenticationException)
        {
            return (null, gone.Message);
        }
        catch (OperationCanceledException)
        {
            return (ConnectionEnd.Cut, _isIdle ? "autologout" : "the server stops");
        }
    }

    async Task<string> ServeAsync()
    {
        if (_options.Tls == TlsMode.Implicit)
            await StartTlsAsync();
        await GreetAsync();
        while (_state != SessionStates.Update)
        {
            if (await NextLineAsync(LongestCommand) is not { } line)
                return "the client closed the connection";
            await ExecuteAsync(line);
        }
        await _answer.FlushAsync(Stop);
        return "QUIT";
    }

    async Task GreetAsync()
    {
        await BeginAnswerAsync(null);
        if (_fault.Instead is { } instead)
            Say(instead);
        else
            Ok(Greeting());
        if (_fault.Instead?.StartsWith("-ERR", StringComparison.Ordinal) == true)
            _state = SessionStates.Update;
        await _answer.EndAsync(Stop);
    }

    async ValueTask ExecuteAsync(ReceivedLine received)
    {
        var line = received.IsTooLong ? null : CommandLine.Parse(received.Octets.Span, _options.Lenient, _options.Utf8);
        var command = line is null ? null : CommandTable.Find(line.Verb, _options);
        var message = command?.NamesMessage == true ? line!.Number : null;
        _verb = line?.Verb ?? "";
        Happened(ServerEventKind.Command, Masked(line), _verb, message);
        (_claimedUser, _namedUser) = (_namedUser, null);

        await BeginAnswerAsync(message);
        if (_fault.Instead is { } instead)
            Say(instead);
        else if (line is null)
            Refuse(received.IsTooLong ? $"a command has at most {LongestCommand} octets" : "a command is printable ASCII");
        else if (CommandTable.Refusal(command, line, _state, _options.Lenient) is { } refusal)
            Refuse(refusal);
        else
            await command!.Handle(this, line);

        if (_fault.RemovesAtOnce && Named(message) is { } done && (done.IsMarked || done.WasRetrieved))
            Remove(done);
        if (_verb == "QUIT" && _fault.Instead is not null)
            _state = SessionStates.Update;
        await EndAnswerAsync();
    }

    /// <summary>The next line; answers are sent before the session waits for it. Null when the client has closed its side.</summary>
    async ValueTask<ReceivedLine?> NextLineAsync(int limit)
    {
        ReceivedLine line;
        while (!_commands.TryTake(limit, out line))
        {
            Touch();
            await _answer.FlushAsync(Stop);
            if (!await _commands.FillAsync(Stop))
                return null;
        }
        _autoLogout.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        return line;
    }

    async ValueTask BeginAnswerAsync(int? message)
    {
        _fault = _shared.Faults.Strike(_number, _verb, message);
        if (_fault.Name.Length > 0)
            Happened(ServerEventKind.Fault, _fault.Name, _verb, message);
        await _answer.BeginAsync(_fault, Stop);
    }

    async ValueTask EndAnswerAsync()
    {
        await _answer.EndAsync(Stop);
        if (_startsTls)
        {
            _startsTls = false;
            await _answer.FlushAsync(Stop);
            _commands.Discard();
            await StartTlsAsync();
        }
    }

    void Ok(string text = "") => Say(text.Length == 0 ? "+OK" : "+OK " + text);

    void Refuse(string text, string? code = null) => Say(code is null ? "-ERR " + text : $"-ERR [{code}] {text}");

    void Say(string line)
    {
        Happened(ServerEventKind.Answer, line.Split('\r')[0], _verb);
        _answer.Line(line);
    }

    /// <summary>Any other end than QUIT enters no UPDATE and removes nothing (RFC 1939 §6), unless the fault script says so.</summary>
    void LeaveMaildrop()
    {
        if (_maildrop is null)
            return;
        if (_state == SessionStates.Transaction)
        {
            var atDisconnect = _shared.Faults.Strike(_number, FaultScript.Disconnect, null);
            if (atDisconnect.Update is { } update)
            {
                Happened(ServerEventKind.Fault, atDisconnect.Name, FaultScript.Disconnect);
                Remove(update(_maildrop.All).Remove);
            }
        }
        _maildrop.Dispose();
    }

    void LogOut()
    {
        _isIdle = true;
        _ending.Cancel();
    }

    /// <summary>The client is alive: it sent a command, or it reads a long answer.</summary>
    void Touch() => _autoLogout.Change(_options.AutoLogout, Timeout.InfiniteTimeSpan);

    void Happened(ServerEventKind kind, string text, string verb, int? message = null, string? uniqueId = null) =>
        _shared.Events.Add(new(_number, kind, verb, text, message,
            uniqueId ?? Named(message)?.UniqueId));

    SessionMessage? Named(int? message) => message is { } n ? _maildrop?.All.ElementAtOrDefault(n - 1) : null;

    /// <summary>The line as it may be shown: passwords, digests and SASL responses never get into an event.</summary>
    static string Masked(CommandLine? line) => line switch
    {
        null => "(no command)",
        { Verb: "PASS", Rest: not null } => "PASS ****",
        { Verb: "APOP", Arguments: [var user, ..] } => $"APOP {user} ****",
        { Verb: "AUTH", Arguments: [var mechanism, _, ..] } => $"AUTH {mechanism} ****",
        { Rest: null } => line.Verb,
        _ => $"{line.Verb} {line.Rest}",
    };
}
