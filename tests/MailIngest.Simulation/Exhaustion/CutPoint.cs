using System.Text;
using MailIngest.Simulation.Scheduling;
using MailIngest.Simulation.Wire;

namespace MailIngest.Simulation.Exhaustion;

/// <summary>The canonical session, cut at one octet: three messages, one of which is full of dots and has a long line.</summary>
/// <param name="Pipelining">Whether the server has it; else the session is in lock-step.</param>
/// <param name="Chunks">Into which pieces the octets fall.</param>
/// <param name="Cut">Where its connection ends; null: nowhere.</param>
sealed record CutPoint(bool Pipelining, Chunking Chunks, WireCut? Cut)
{
    /// <summary>How a point of this kind is asked for.</summary>
    public const string Word = "cut";

    const int TailLines = 60;

    static readonly byte[] _s_dots = Encoding.ASCII.GetBytes(
        $"Subject: dots\r\n\r\n.\r\n..\r\n.. .\r\n\r\n.x\r\n{new string('l', 300)}.\r\n.\r\n");

    static readonly byte[] _s_small = "Subject: small\r\n\r\nbody\r\n"u8.ToArray();

    /// <summary>Runs it to the end of everything.</summary>
    public Result Run(Action<string>? log = null)
    {
        using var world = new World(1, new WorldOptions
        {
            Chunks = Chunks,
            Server = server => server with { Pipelining = Pipelining },
        });
        var struck = false;
        string? complaint = null;
        try
        {
            world.Run(async () =>
            {
                world.Deliver(_s_dots);
                world.Deliver(octets: 120);
                world.Deliver(_s_small);
                world.Cut = Cut;
                await world.PollAsync();
                struck = Cut is not null && world.Cut is null;
                await world.DelayAsync(TimeSpan.FromMinutes(5));
                await world.PollAsync();
                await world.SettleAsync();
            });
        }
        catch (SimulationException broken)
        {
            complaint = broken.Message;
        }
        complaint ??= world.Violations is [var violation, ..] ? violation
            : world.Account.Maildrop.Count > 0 ? $"{world.Account.Maildrop.Count} messages are on the server in the end"
            : null;
        log?.Invoke(world.Log.Tail(int.MaxValue));
        return new(
            struck, complaint is null ? null : $"{this}: {complaint}\n{Again.Line(ToString())}\n{world.Log.Tail(TailLines)}",
            world.SentBy(1, fromServer: true), world.SentBy(1, fromServer: false));
    }

    public override string ToString() => $"{Word}; {Pipelining}; {Chunks}; {Cut?.FromServer}; {Cut?.Octets}; {Cut?.How}";

    /// <summary>What came of it.</summary>
    /// <param name="Struck">Whether the connection was cut.</param>
    /// <param name="Complaint">What is wrong, for people.</param>
    /// <param name="ByServer">How many octets the server sent on the first connection.</param>
    /// <param name="ByClient">How many the worker sent.</param>
    public sealed record Result(bool Struck, string? Complaint, long ByServer, long ByClient);
}
