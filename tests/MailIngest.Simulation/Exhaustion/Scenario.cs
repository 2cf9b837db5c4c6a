using MailIngest.Mailboxes;
using MailIngest.Pop3.Server;

namespace MailIngest.Simulation.Exhaustion;

/// <summary>A situation that the worker comes into, and what it then does. Only in the act something goes wrong.</summary>
/// <param name="Name">What an operator would say of it.</param>
sealed record Scenario(string Name)
{
    public StoreKind Store { get; init; } = StoreKind.Azure;

    public Func<Pop3ServerOptions, Pop3ServerOptions> Server { get; init; } = options => options;

    public Func<Mailbox, Mailbox> Mailbox { get; init; } = mailbox => mailbox;

    /// <summary>What happened before; nothing goes wrong in it.</summary>
    public Func<World, Task> Before { get; init; } = _ => Task.CompletedTask;

    /// <summary>What is done while something goes wrong; one poll unless said otherwise.</summary>
    public Func<World, Task> Act { get; init; } = world => world.PollAsync();

    /// <summary>What else happens just before an effect of the act.</summary>
    public Action<World, Effect> Meanwhile { get; init; } = (_, _) => { };

    /// <summary>Messages that are still on the server when all is over.</summary>
    public int Stay { get; init; }

    /// <summary>Whether a message is known by its unique-id, so that one that is stored is never RETR'd again after a kill.</summary>
    public bool KnowsByUniqueId { get; init; } = true;

    /// <summary>Its runs take long: the short sweep tries only one in so many of its points.</summary>
    public int Share { get; init; } = 1;

    public World NewWorld() => new(1, new WorldOptions { Store = Store, Server = Server, Mailbox = Mailbox });

    public override string ToString() => Name;
}
