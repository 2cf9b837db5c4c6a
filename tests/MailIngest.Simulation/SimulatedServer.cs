using MailIngest.Pop3.Server;
using MailIngest.Simulation.Scheduling;
using MailIngest.Simulation.Wire;

namespace MailIngest.Simulation;

/// <summary>The mail server: a process that can be replaced, and its maildrop, which stays.</summary>
sealed class SimulatedServer
{
    readonly World _world;
    int _processes;

    public SimulatedServer(World world, Pop3ServerOptions options)
    {
        _world = world;
        Options = options;
        Actor = null!;
        Pop3 = null!;
        Restart(options);
    }

    public Actor Actor { get; private set; }

    public Pop3Server Pop3 { get; private set; }

    public Pop3ServerOptions Options { get; private set; }

    /// <summary>Another process takes its place. The sessions of the old one end, and none of them removes anything any more.</summary>
    public void Restart(Pop3ServerOptions options)
    {
        if (Actor is not null)
        {
            Actor.Kill();
            _world.DropConnections();
            _world.Account.Maildrop.Unlock();
        }
        var name = ++_processes == 1 ? "server" : $"server{_processes}";
        Actor = _world.Pump.NewActor(name);
        Options = options with { Clock = Actor.Clock };
        Pop3 = Pop3Server.Unbound(Options);
        Pop3.Events.Happened = happened => _world.Truth.Happened(_processes, name, happened);
    }

    /// <summary>Serves one connection to its end.</summary>
    public async Task ServeAsync(Pop3Server server, WireStream stream)
    {
        try
        {
            await server.ServeAsync(stream, CancellationToken.None);
        }
        catch (Exception defect)
        {
            _world.Defect($"the server ended a session by {defect.GetType().Name}: {defect.Message}");
        }
    }
}
