using Xunit;

// The map of edges is one for the process.
[assembly: Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
