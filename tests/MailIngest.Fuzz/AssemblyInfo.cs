using Xunit.Sdk;
using Xunit.v3;

// The map of edges is one for the process.
[assembly: Parallelization(Mode = ParallelMode.None)]
