namespace MailIngest.Simulation.Scheduling;

/// <summary>The simulation itself has failed: nothing can be said about what it simulates.</summary>
#pragma warning disable CA1032 // thrown here, caught by a test
public sealed class SimulationException(string message) : Exception(message);
#pragma warning restore CA1032
