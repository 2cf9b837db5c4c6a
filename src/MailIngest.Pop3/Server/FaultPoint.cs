using System.Globalization;
using System.Text;

namespace MailIngest.Pop3.Server;

/// <summary>A place in the dialogue where something goes wrong; each method names a deviation and gives the script with it.</summary>
public sealed class FaultPoint
{
    readonly FaultScript _script;
    readonly string _verb;
    readonly int? _message;
    readonly int? _session;
    readonly int _from;
    readonly int _times;

    internal FaultPoint(FaultScript script, string verb, int? message, int? session, int from, int times)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(from, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(times, 1);
        (_script, _verb, _message, _session, _from, _times) = (script, verb, message, session, from, times);
    }

    // The connection

    /// <summary>FIN when the command has arrived; it is not executed. At QUIT: nothing is removed.</summary>
    public FaultScript CutBefore() => Ends(ConnectionEnd.Cut, Fault.BeforeTheCommand);

    /// <summary>FIN when so many octets of the answer were sent; the command is executed. 0 loses the answer; more than the answer has
    /// cuts after it.</summary>
    public FaultScript CutAfterOctets(long octets) => Ends(ConnectionEnd.Cut, octets);

    /// <summary>FIN after the whole answer.</summary>
    public FaultScript CutAfter() => Ends(ConnectionEnd.Cut, Fault.AfterTheAnswer);

    /// <summary>RST when the command has arrived; it is not executed.</summary>
    public FaultScript ResetBefore() => Ends(ConnectionEnd.Reset, Fault.BeforeTheCommand);

    /// <summary>RST when so many octets of the answer were sent. What the client has not read by then it may never see.</summary>
    public FaultScript ResetAfterOctets(long octets) => Ends(ConnectionEnd.Reset, octets);

    /// <summary>RST after the whole answer.</summary>
    public FaultScript ResetAfter() => Ends(ConnectionEnd.Reset, Fault.AfterTheAnswer);

    /// <summary>Nothing more is answered, the command not executed, the maildrop locked, until the client closes the connection.</summary>
    public FaultScript StallBefore() => Ends(ConnectionEnd.Stall, Fault.BeforeTheCommand);

    /// <summary>Nothing more is answered after so many octets of the answer, until the client closes the connection.</summary>
    public FaultScript StallAfterOctets(long octets) => Ends(ConnectionEnd.Stall, octets);

    /// <summary>Nothing more is answered after this answer, until the client closes the connection.</summary>
    public FaultScript StallAfter() => Ends(ConnectionEnd.Stall, Fault.AfterTheAnswer);

    /// <summary>The answer is written in pieces of so many octets.</summary>
    public FaultScript Dribbles(int octetsPerWrite = 1) =>
        Does(new() { Name = $"dribbles {octetsPerWrite} octets per write", Dribble = octetsPerWrite });

    // The answer

    /// <summary>The command is not executed and answered with <c>-ERR</c> and this text: "[SYS/TEMP] try later".
    /// At QUIT the session ends all the same and nothing is removed.</summary>
    public FaultScript Refuses(string text = "no") => Answers("-ERR " + text);

    /// <summary>The command is not executed and answered with this line, whatever it is; its CRLF is added. Further lines may follow a
    /// CRLF inside it.</summary>
    public FaultScript Answers(string line) => Does(new() { Name = $"answers {line}", Instead = line });

    /// <summary>These octets (Latin-1, line ends included) come out of nowhere before the answer.</summary>
    public FaultScript SaysBefore(string octets) => Does(new() { Name = "unsolicited octets before the answer", Before = octets });

    /// <summary>These octets (Latin-1, line ends included) come out of nowhere after the answer. At STLS: in plaintext, before the
    /// handshake.</summary>
    public FaultScript SaysAfter(string octets) => Does(new() { Name = "unsolicited octets after the answer", After = octets });

    /// <summary>This text follows the status line and every row of a listing.</summary>
    public FaultScript AddsText(string text) => Does(new() { Name = $"adds text{text}", Extra = text });

    // Listings: LIST and UIDL, with and without an argument

    /// <summary>LIST says another size.</summary>
    public FaultScript SaysOctets(int message, long octets) =>
        Row(message, $"says {octets} octets", row => [row with { Text = octets.ToString(CultureInfo.InvariantCulture) }]);

    /// <summary>LIST rounds every size up to a multiple, as servers with inexact sizes do.</summary>
    public FaultScript RoundsOctets(long multiple)
    {
        return Rows($"rounds sizes to {multiple}", rows => [.. rows.Select(row => row with { Text = Rounded(row.Text) })]);

        string Rounded(string octets)
        {
            var exact = long.Parse(octets, CultureInfo.InvariantCulture);
            return ((exact + multiple - 1) / multiple * multiple).ToString(CultureInfo.InvariantCulture);
        }
    }

    /// <summary>The listing lacks the line of this message.</summary>
    public FaultScript LeavesOut(int message) => Row(message, "leaves a line out", _ => []);

    /// <summary>The listing has the line of this message twice.</summary>
    public FaultScript SaysTwice(int message) => Row(message, "says a line twice", row => [row, row]);

    /// <summary>The listing gives this message another message-number.</summary>
    public FaultScript SaysNumber(int message, int number) => Row(message, $"says number {number}", row => [row with { Number = number }]);

    /// <summary>UIDL says another unique-id (Latin-1): a duplicate, a re-used one, an empty or a malformed one.</summary>
    public FaultScript SaysUniqueId(int message, string uniqueId) =>
        Row(message, "says another unique-id", row => [row with { Text = uniqueId }]);

    /// <summary>UIDL says a unique-id made from the message-number and the true unique-id: <c>(_, id) => "migrated-" + id</c> changes
    /// all.</summary>
    public FaultScript SaysUniqueIds(Func<int, string, string> uniqueId) =>
        Rows("says other unique-ids", rows => [.. rows.Select(row => row with { Text = uniqueId(row.Number, row.Text) })]);

    /// <summary>UIDL says the message-numbers.</summary>
    public FaultScript SaysNumbersAsUniqueIds() => SaysUniqueIds((number, _) => number.ToString(CultureInfo.InvariantCulture));

    // The content of a message: RETR and TOP

    /// <summary>Only so many octets of the message are sent, then a CRLF if it needs one, and a valid terminator. A cut inside the last
    /// line end is none: with that CRLF everything would be there.</summary>
    public FaultScript TruncatesTo(int octets) =>
        Body($"truncates to {octets} octets",
            message => message.Lines() is var lines && octets < lines.Length - 1 ? Ended(lines[..octets]) : lines);

    /// <summary>The body of another message is sent.</summary>
    public FaultScript SendsMessage(int other) => Body($"sends message {other}", message => message.Other(other));

    /// <summary>These octets are sent as the message, byte-stuffed, line ends untouched.</summary>
    public FaultScript SendsOctets(byte[] octets) => Body("sends other octets", _ => octets);

    /// <summary>Another header field on each RETR, as old servers write it: <c>Status: n</c>.</summary>
    public FaultScript AddsVolatileHeader() =>
        Body("adds a volatile header", message =>
            [.. Encoding.ASCII.GetBytes($"Status: {message.Occurrence}\r\n"), .. message.Lines()]);

    /// <summary>The message is sent as stored: a bare LF stays one, and a dot after it is not stuffed, so <c>LF.LF</c> can
    /// appear.</summary>
    public FaultScript KeepsBareLineFeeds() => Body("keeps bare line feeds", message => Ended(message.Stored()));

    /// <summary>A dot that is the first octet of the message is not stuffed: the bug of Dovecot and Courier.</summary>
    public FaultScript ForgetsFirstDot() => Does(new() { Name = "forgets to stuff the first dot", ForgetsFirstDot = true });

    /// <summary>The final CRLF of the message is missing before <c>.CRLF</c>, so that a strict client never sees the end.</summary>
    public FaultScript ForgetsFinalLineEnd() => Body("forgets the final line end", message => message.Lines()[..^2]);

    // What is removed, and when

    /// <summary>At QUIT: removes nothing although it says +OK.</summary>
    public FaultScript IgnoresDeletions() => Updates("ignores deletions", _ => new([]));

    /// <summary>At QUIT: removes so many of the marked messages, lowest numbers first, and answers -ERR because some are left.</summary>
    public FaultScript RemovesOnly(int count) =>
        Updates($"removes only {count}", all => new([.. all.Where(m => m.IsMarked).Take(count)], AdmitsFailure: true));

    /// <summary>At QUIT or at the disconnection: removes what is marked and whatever was retrieved, marked or not (EXPIRE 0,
    /// Gmail).</summary>
    public FaultScript RemovesRetrieved() =>
        Updates("removes what was retrieved", all => new([.. all.Where(m => m.IsMarked || m.WasRetrieved)]));

    /// <summary>At the disconnection: removes what is marked, although there was no QUIT.</summary>
    public FaultScript RemovesMarked() => Updates("removes what is marked", all => new([.. all.Where(m => m.IsMarked)]));

    /// <summary>At RETR or DELE: the message is removed as soon as the command is done, whatever becomes of the session.</summary>
    public FaultScript RemovesAtOnce() => Does(new() { Name = "removes at once", RemovesAtOnce = true });

    internal FaultScript Does(Fault what) => _script.With(this, what);

    internal bool Matches(int session, string verb, int? message) =>
        (_verb == verb || (_verb == FaultScript.AnyCommand && !verb.StartsWith('(')))
        && (_session is null || _session == session)
        && (_message is null || _message == message);

    /// <summary>Whether it strikes when it matches for the n-th time.</summary>
    internal bool StrikesAt(int match) => match >= _from && match - _from < _times;

    FaultScript Ends(ConnectionEnd end, long at)
    {
        var when = at switch
        {
            Fault.BeforeTheCommand => "before the command",
            Fault.AfterTheAnswer => "after the answer",
            _ => $"after {at} octets",
        };
#pragma warning disable CA1308 // for people to read
        return Does(new() { Name = $"{end.ToString().ToLowerInvariant()} {when}", End = end, EndAt = at });
#pragma warning restore CA1308
    }

    FaultScript Rows(string name, Func<IReadOnlyList<ListingRow>, IReadOnlyList<ListingRow>> rows) =>
        Does(new() { Name = name, Rows = rows });

    FaultScript Row(int number, string name, Func<ListingRow, ListingRow[]> change) =>
        Rows($"{name} for message {number}", rows => [.. rows.SelectMany(row => row.Number == number ? change(row) : [row])]);

    FaultScript Body(string name, Func<FaultedMessage, byte[]> body) => Does(new() { Name = name, Body = body });

    FaultScript Updates(string name, Func<IReadOnlyList<SessionMessage>, UpdatePlan> update) =>
        Does(new() { Name = name, Update = update });

    static byte[] Ended(byte[] octets) => octets.AsSpan().EndsWith("\r\n"u8) ? octets : [.. octets, .. "\r\n"u8];
}
