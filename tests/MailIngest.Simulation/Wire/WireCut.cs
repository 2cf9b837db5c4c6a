namespace MailIngest.Simulation.Wire;

/// <summary>Where a connection ends: after so many octets of one direction, for both.</summary>
/// <param name="Connection">1 for the first of the world.</param>
/// <param name="FromServer">Which direction's octets count.</param>
/// <param name="Octets">So many of them still arrive.</param>
/// <param name="How">What both sides see.</param>
public sealed record WireCut(int Connection, bool FromServer, long Octets, WireEnd How);
