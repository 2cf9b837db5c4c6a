namespace MailIngest.Pop3.Server;

/// <summary>Unwinds a session to the point where the fault script ends its connection.</summary>
#pragma warning disable CA1032, CA1064 // thrown and caught inside the server, never seen outside
sealed class ConnectionFault(ConnectionEnd end) : Exception("the fault script ends the connection")
{
    public ConnectionEnd End { get; } = end;
}
#pragma warning restore CA1032, CA1064
