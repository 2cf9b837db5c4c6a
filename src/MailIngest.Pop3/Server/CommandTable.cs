using System.Collections.Frozen;
using static MailIngest.Pop3.Server.SessionStates;

namespace MailIngest.Pop3.Server;

/// <summary>The states of a session (RFC 1939 §3).</summary>
[Flags]
enum SessionStates
{
    /// <summary>The client has to say who it is.</summary>
    Authorization = 1,

    /// <summary>The maildrop is locked; messages are read and marked.</summary>
    Transaction = 2,

    /// <summary>QUIT was received: marked messages are removed, then the connection ends.</summary>
    Update = 4,
}

/// <summary>One row of the command table.</summary>
/// <param name="Verb">The keyword.</param>
/// <param name="States">Where it is allowed; elsewhere it is answered with -ERR (RFC 1939 §3).</param>
/// <param name="Arguments">How many arguments it takes; null takes the rest of the line as it is.</param>
/// <param name="IsOffered">Whether this server, as configured, implements it.</param>
/// <param name="Handle">Executes it and writes the answer.</param>
sealed record ServerCommand(
    string Verb,
    SessionStates States,
    (int Least, int Most)? Arguments,
    Func<Pop3ServerOptions, bool> IsOffered,
    Func<ServerSession, CommandLine, ValueTask> Handle)
{
    /// <summary>Its first argument is a message-number.</summary>
    public bool NamesMessage => Verb is "LIST" or "RETR" or "DELE" or "TOP" or "UIDL";
}

/// <summary>The protocol: each command, where it is allowed, and how many arguments it takes.</summary>
static class CommandTable
{
    const SessionStates Anywhere = Authorization | Transaction;

    static readonly FrozenDictionary<string, ServerCommand> Commands = new ServerCommand[]
    {
        // RFC 1939: minimal commands
        new("USER", Authorization, (1, 1), _ => true, (session, line) => session.User(line)),
        new("PASS", Authorization, null, _ => true, (session, line) => session.Pass(line)),
        new("QUIT", Anywhere, (0, 0), _ => true, (session, _) => session.Quit()),
        new("STAT", Transaction, (0, 0), _ => true, (session, _) => session.Stat()),
        new("LIST", Transaction, (0, 1), _ => true, (session, line) => session.ListAsync(line)),
        new("RETR", Transaction, (1, 1), _ => true, (session, line) => session.RetrAsync(line)),
        new("DELE", Transaction, (1, 1), _ => true, (session, line) => session.Dele(line)),
        new("NOOP", Transaction, (0, 0), _ => true, (session, _) => session.Noop()),
        new("RSET", Transaction, (0, 0), _ => true, (session, _) => session.Rset()),

        // RFC 1939: optional commands
        new("APOP", Authorization, (2, 2), options => options.Apop, (session, line) => session.Apop(line)),
        new("TOP", Transaction, (2, 2), options => options.Top, (session, line) => session.TopAsync(line)),
        new("UIDL", Transaction, (0, 1), options => options.Uidl, (session, line) => session.UidlAsync(line)),

        // RFC 2449, RFC 2595, RFC 5034, RFC 6856
        new("CAPA", Anywhere, (0, 0), options => options.AnnounceCapa, (session, _) => session.CapaAsync()),
        new("STLS", Authorization, (0, 0), options => options.Tls == TlsMode.Stls, (session, _) => session.StlsAsync()),
        new("AUTH", Authorization, (1, 2), options => options.Sasl.Count > 0, (session, line) => session.AuthAsync(line)),
        new("UTF8", Authorization, (0, 0), options => options.Utf8, (session, _) => session.Utf8()),
    }.ToFrozenDictionary(command => command.Verb);

    /// <summary>The command of that name, if this server implements it.</summary>
    public static ServerCommand? Find(string verb, Pop3ServerOptions options) =>
        Commands.TryGetValue(verb, out var command) && command.IsOffered(options) ? command : null;

    /// <summary>Why this command is not executed here and now; null when it is (RFC 1939 §3).</summary>
    public static string? Refusal(ServerCommand? command, CommandLine line, SessionStates state, bool lenient)
    {
        if (command is null)
            return "unknown command";
        if (!command.States.HasFlag(state))
            return $"{command.Verb} is not allowed in the {state.ToString().ToUpperInvariant()} state";
        if (command.Arguments is not { } arity)
            return string.IsNullOrEmpty(line.Rest) ? $"{command.Verb} needs an argument" : null;

        var (given, most) = (line.Arguments.Count, lenient && arity.Most == 0 ? int.MaxValue : arity.Most);
        if (line.Arguments.Contains(""))
            return "arguments are separated by a single space";
        return given < arity.Least || given > most ? $"{command.Verb} does not take {given} arguments" : null;
    }
}
