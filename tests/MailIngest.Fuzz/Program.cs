using System.Globalization;
using System.Runtime.CompilerServices;
using MailIngest.Fuzz.Driver;
using MailIngest.Fuzz.Targets;

namespace MailIngest.Fuzz;

/// <summary>The tests of this project; with "fuzz" as its first word the search itself.</summary>
static class Program
{
    const string Usage =
        "fuzz [--executions N] [--target NAME,… [--input HEX]] [--seed N] [--save FOLDER of the corpus] [--findings FOLDER]";

    static int Main(string[] args)
    {
        Instrumentation.Prepare();
        return args is ["fuzz", .. var options] ? Fuzz(options) : Test(args);
    }

    // As the entry point that xunit would generate.
    [MethodImpl(MethodImplOptions.NoInlining)]
    static int Test(string[] args) => args.Any(arg => arg is "--server" or "--internal-msbuild-node")
        ? Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
            .GetAwaiter().GetResult()
        : Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args).GetAwaiter().GetResult();

    [MethodImpl(MethodImplOptions.NoInlining)]
    static int Fuzz(string[] args)
    {
        var options = new Dictionary<string, string>();
        for (var at = 0; at + 1 < args.Length; at += 2) options[args[at]] = args[at + 1];
        if (args.Length % 2 != 0 || options.Keys.Except(["--executions", "--target", "--seed", "--save", "--findings", "--input"]).Any())
        {
            Console.Error.WriteLine(Usage);
            return 2;
        }
        var executions = long.Parse(options.GetValueOrDefault("--executions", "1000000"), CultureInfo.InvariantCulture);
        var seed = ulong.Parse(options.GetValueOrDefault("--seed", "1"), CultureInfo.InvariantCulture);
        var targets = AllTargets.New().Where(target => options.GetValueOrDefault("--target", target.Name).Split(',').Contains(target.Name))
            .ToList();

        if (options.TryGetValue("--input", out var hex))
        {
            targets.Single().Run(Convert.FromHexString(hex));    // what is wrong with it comes out as it is
            return 0;
        }

        var run = new FuzzRun(Console.WriteLine);
        run.Search(targets, executions, seed);
        if (options.TryGetValue("--save", out var corpus)) run.Save(corpus);
        foreach (var finding in run.Findings)
        {
            Console.WriteLine(finding);
            if (options.TryGetValue("--findings", out var folder))
                File.WriteAllText(Path.Combine(folder,
                    $"{finding.Target}-{finding.Kind}-{Math.Abs(finding.Signature.GetHashCode(StringComparison.Ordinal))}.txt"),
                    finding.ToString());
        }
        return run.Findings.Count == 0 ? 0 : 1;
    }
}
