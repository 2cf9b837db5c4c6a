using System.Net.Sockets;
using System.Text;
using MailIngest.Pop3;
using MailIngest.Pop3.Server;
using MailIngest.Simulation.Scheduling;

namespace MailIngest.Simulation.Wire;

/// <summary>All connections between the workers and the server.</summary>
sealed class Network(World world)
{
    readonly Actor _wire = world.Pump.NewActor("wire");
    readonly Dice _dice = world.Dice.Fork();

    readonly List<(Pipe ToServer, Pipe ToClient)> _pipes = [];

    public int Connections { get; private set; }

    /// <summary>Octets of one direction of a connection, so far.</summary>
    public long SentBy(int connection, bool fromServer) =>
        fromServer ? _pipes[connection - 1].ToClient.Sent : _pipes[connection - 1].ToServer.Sent;

    /// <summary>A worker connects: a stream to a session that has begun.</summary>
    public async ValueTask<Stream> ConnectAsync(SimulatedWorker worker, Pop3Server server, CancellationToken stop)
    {
        world.Pump.Check("a connect");
        var (toServer, toClient) = (NewPipe(), NewPipe());
        _pipes.Add((toServer, toClient));
        var number = ++Connections;
        var strike = world.Reach(worker, EffectKind.Connect, $"connection {number}");
        if (strike is Strike.Kill)
            await World.Never;
        if (strike is Strike.Before or Strike.Half)
            throw new SocketException((int)SocketError.ConnectionRefused);
        if (strike is Strike.Hang or Strike.HangAfter)
            await Task.Delay(Timeout.InfiniteTimeSpan, worker.Actor.Clock, stop);
        if (world.Options.Latency > TimeSpan.Zero)
            await Task.Delay(Latency(), worker.Actor.Clock, stop);

        var client = new WireStream(toClient, toServer, (stream, octets, token) => SendAsync(worker, number, stream, octets, false, token));
        var serving = new WireStream(toServer, toClient, (stream, octets, token) => SendAsync(worker, number, stream, octets, true, token));
        worker.Streams.Add(client);
        world.Server.Actor.Run(() => _ = world.Server.ServeAsync(server, serving));
        if (strike is Strike.After)
            CutBoth(client, WireEnd.Reset);
        return client;
    }

    Pipe NewPipe() => new(world.Pump, _wire, Latency, Chunk, world.Options.Window);

    TimeSpan Latency() => world.Options.Latency <= TimeSpan.Zero
        ? TimeSpan.Zero
        : _dice.Between(world.Options.Latency / 10, world.Options.Latency);

    int Chunk(int there) => world.Options.Chunks switch
    {
        Chunking.OneOctet => 1,
        Chunking.Random => _dice.Chance(0.5) ? there : _dice.Between(1, there),
        Chunking.InsideEnds => 3,
        _ => there,
    };

    async ValueTask SendAsync(
        SimulatedWorker worker, int connection, WireStream from, ReadOnlyMemory<byte> octets, bool fromServer, CancellationToken stop)
    {
        world.Pump.Check("a send");
        var strike = worker.IsDead
            ? Strike.None
            : world.Reach(worker, fromServer ? EffectKind.Answer : EffectKind.Command, Shown(octets.Span));
        if (world.Cut is { } cut && cut.Connection == connection && cut.FromServer == fromServer
            && from.Outgoing.Sent + octets.Length >= cut.Octets)
        {
            await from.Outgoing.WriteAsync(octets.Span[..(int)Math.Max(0, cut.Octets - from.Outgoing.Sent)], stop);
            world.Cut = null;
            CutBoth(from, cut.How);
            return;
        }
        switch (strike)
        {
            case Strike.Before:
                CutBoth(from, WireEnd.Reset);
                throw Pipe.Gone(SocketError.ConnectionReset);
            case Strike.Half:
                await from.Outgoing.WriteAsync(octets.Span[..(octets.Length / 2)], stop);
                CutBoth(from, WireEnd.Fin);
                return;
            case Strike.Hang:
                CutBoth(from, WireEnd.Stall);
                return;
            case Strike.Kill when !fromServer:
                await World.Never;
                return;
        }
        await from.Outgoing.WriteAsync(octets.Span, stop);
        if (strike is Strike.After && fromServer)
            CutBoth(from, WireEnd.Fin);
        else if (strike is Strike.After)
            from.Incoming.Instead = () => CutBoth(from, WireEnd.Reset); // the command was carried out; its answer is lost
        else if (strike is Strike.HangAfter && fromServer)
            CutBoth(from, WireEnd.Stall);
        else if (strike is Strike.HangAfter)
            from.Incoming.Instead = () => CutBoth(from, WireEnd.Stall);
    }

    /// <summary>Both directions end so, as far as they had not ended before.</summary>
    static void CutBoth(WireStream one, WireEnd how)
    {
        one.Outgoing.End(how);
        one.Incoming.End(how);
    }

    /// <summary>The first line, without what is secret.</summary>
    static string Shown(ReadOnlySpan<byte> octets)
    {
        var end = octets.IndexOf((byte)'\r');
        var line = Encoding.Latin1.GetString(octets[..Math.Min(end < 0 ? octets.Length : end, 60)]);
        var secret = line.StartsWith("PASS ", StringComparison.Ordinal) ? 4
            : line.StartsWith("AUTH PLAIN ", StringComparison.Ordinal) ? 10 : -1;
        return $"{(secret < 0 ? HostileText.Escape(line) : line[..secret] + " ****")} ({octets.Length} octets)";
    }
}
