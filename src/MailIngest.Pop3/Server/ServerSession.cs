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

    readonly int number;
    readonly ClientConnection connection;
    readonly SharedByServer shared;
    readonly Pop3ServerOptions options;
    readonly CommandReader commands;
    readonly AnswerWriter answer;
    readonly CancellationTokenSource ending;
    readonly ITimer autoLogout;
    volatile bool isIdle;

    SessionStates state = SessionStates.Authorization;
    Fault fault = Fault.None;
    string verb = FaultScript.Greeting;
    OpenMaildrop? maildrop;

    public ServerSession(int number, ClientConnection connection, SharedByServer shared, CancellationToken stop)
    {
        (this.number, this.connection, this.shared, options) = (number, connection, shared, shared.Options);
        commands = new CommandReader(connection.ReadAsync, options.Lenient);
        answer = new AnswerWriter(connection.WriteAsync);
        ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        autoLogout = options.Clock.CreateTimer(_ => LogOut(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    CancellationToken Stop => ending.Token;

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
            await connection.CloseAsync(stop);
        else if (end == ConnectionEnd.Reset)
            connection.Reset();
        else
            await connection.CutAsync(stop);
    }

    public async ValueTask DisposeAsync()
    {
        await autoLogout.DisposeAsync();
        ending.Dispose();
        connection.Dispose();
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
                await answer.FlushAsync(stop);
                if (fault.End == ConnectionEnd.Stall)
                    await connection.DrainAsync(stop);
                return (fault.End, "the fault script");
            }
            catch (UnreadableMessageException unreadable)
            {
                // RFC 1939 has no way to take back a +OK: an answer that cannot be completed must not end like one that was.
                await answer.FlushAsync(stop);
                return (ConnectionEnd.Cut, unreadable.Message);
            }
        }
        catch (Exception gone) when (ClientConnection.IsGone(gone) || gone is AuthenticationException)
        {
            return (null, gone.Message);
        }
        catch (OperationCanceledException)
        {
            return (ConnectionEnd.Cut, isIdle ? "autologout" : "the server stops");
        }
    }

    async Task<string> ServeAsync()
    {
        if (options.Tls == TlsMode.Implicit)
            await StartTlsAsync();
        await GreetAsync();
        while (state != SessionStates.Update)
        {
            if (await NextLineAsync(LongestCommand) is not { } line)
                return "the client closed the connection";
            await ExecuteAsync(line);
        }
        await answer.FlushAsync(Stop);
        return "QUIT";
    }

    async Task GreetAsync()
    {
        await BeginAnswerAsync(null);
        if (fault.Instead is { } instead)
            Say(instead);
        else
            Ok(Greeting());
        if (fault.Instead?.StartsWith("-ERR", StringComparison.Ordinal) == true)
            state = SessionStates.Update;
        await answer.EndAsync(Stop);
    }

    async ValueTask ExecuteAsync(ReceivedLine received)
    {
        var line = received.IsTooLong ? null : CommandLine.Parse(received.Octets.Span, options.Lenient, options.Utf8);
        var command = line is null ? null : CommandTable.Find(line.Verb, options);
        var message = command?.NamesMessage == true ? line!.Number : null;
        verb = line?.Verb ?? "";
        Happened(ServerEventKind.Command, Masked(line), verb, message);
        (claimedUser, namedUser) = (namedUser, null);

        await BeginAnswerAsync(message);
        if (fault.Instead is { } instead)
            Say(instead);
        else if (line is null)
            Refuse(received.IsTooLong ? $"a command has at most {LongestCommand} octets" : "a command is printable ASCII");
        else if (CommandTable.Refusal(command, line, state, options.Lenient) is { } refusal)
            Refuse(refusal);
        else
            await command!.Handle(this, line);

        if (fault.RemovesAtOnce && Named(message) is { } done && (done.IsMarked || done.WasRetrieved))
            Remove(done);
        if (verb == "QUIT" && fault.Instead is not null)
            state = SessionStates.Update;
        await EndAnswerAsync();
    }

    /// <summary>The next line; answers are sent before the session waits for it. Null when the client has closed its side.</summary>
    async ValueTask<ReceivedLine?> NextLineAsync(int limit)
    {
        ReceivedLine line;
        while (!commands.TryTake(limit, out line))
        {
            Touch();
            await answer.FlushAsync(Stop);
            if (!await commands.FillAsync(Stop))
                return null;
        }
        autoLogout.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        return line;
    }

    async ValueTask BeginAnswerAsync(int? message)
    {
        fault = shared.Faults.Strike(number, verb, message);
        if (fault.Name.Length > 0)
            Happened(ServerEventKind.Fault, fault.Name, verb, message);
        await answer.BeginAsync(fault, Stop);
    }

    async ValueTask EndAnswerAsync()
    {
        await answer.EndAsync(Stop);
        if (startsTls)
        {
            startsTls = false;
            await answer.FlushAsync(Stop);
            commands.Discard();
            await StartTlsAsync();
        }
    }

    void Ok(string text = "") => Say(text.Length == 0 ? "+OK" : "+OK " + text);

    void Refuse(string text, string? code = null) => Say(code is null ? "-ERR " + text : $"-ERR [{code}] {text}");

    void Say(string line)
    {
        Happened(ServerEventKind.Answer, line.Split('\r')[0], verb);
        answer.Line(line);
    }

    /// <summary>Any other end than QUIT enters no UPDATE and removes nothing (RFC 1939 §6), unless the fault script says so.</summary>
    void LeaveMaildrop()
    {
        if (maildrop is null)
            return;
        if (state == SessionStates.Transaction)
        {
            var atDisconnect = shared.Faults.Strike(number, FaultScript.Disconnect, null);
            if (atDisconnect.Update is { } update)
            {
                Happened(ServerEventKind.Fault, atDisconnect.Name, FaultScript.Disconnect);
                Remove(update(maildrop.All).Remove);
            }
        }
        maildrop.Dispose();
    }

    void LogOut()
    {
        isIdle = true;
        ending.Cancel();
    }

    /// <summary>The client is alive: it sent a command, or it reads a long answer.</summary>
    void Touch() => autoLogout.Change(options.AutoLogout, Timeout.InfiniteTimeSpan);

    void Happened(ServerEventKind kind, string text, string verb, int? message = null, string? uniqueId = null) =>
        shared.Events.Add(new(number, kind, verb, text, message,
            uniqueId ?? Named(message)?.UniqueId));

    SessionMessage? Named(int? message) => message is { } n ? maildrop?.All.ElementAtOrDefault(n - 1) : null;

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
