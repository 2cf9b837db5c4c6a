using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using MailIngest.MicroBenchmarks;

// dotnet run -c Release --project tests/MailIngest.MicroBenchmarks -- --filter '*Message*'      without a filter: all of them
string[] arguments = args.Length == 0 ? ["--filter", "*"] : args;

// In this process: the default builds a project of its own, which our build settings would refuse.
var config = ManualConfig.Create(DefaultConfig.Instance)
    .AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance))
    .AddDiagnoser(MemoryDiagnoser.Default)
    .WithArtifactsPath(Path.Combine(Path.GetTempPath(), "mailingest-microbenchmarks"));
BenchmarkSwitcher.FromTypes([typeof(MessageBenchmarks), typeof(ListingBenchmarks), typeof(LedgerBenchmarks)]).Run(arguments, config);
