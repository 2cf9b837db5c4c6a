using System.Runtime.Loader;

namespace MailIngest.Fuzz.Driver;

/// <summary>Has SharpFuzz rewrite the assemblies under test, our copies of them beside this program, so that they count their edges.</summary>
static class Instrumentation
{
    // What takes octets from outside; the rest of the worker would only fill the map.
    static readonly string[] Worker =
    [
        "MailIngest.Settings.", "MailIngest.Mailboxes.", "MailIngest.Messages.", "MailIngest.Blobs.BlobName", "MailIngest.Blobs.BlobMetadata",
        "MailIngest.Ledger.PrintableUniqueId",
    ];

    /// <summary>Must have run before the first type of these assemblies is used: it replaces their files.</summary>
    public static void Prepare()
    {
        // Its lambdas run on the thread pool when a connection is closed: another thread would count into an execution.
        Rewrite("MailIngest.Pop3.dll", type => !type.StartsWith("MailIngest.Pop3.Connection/<>c", StringComparison.Ordinal));
        Rewrite("MailIngest.dll", type => Array.Exists(Worker, name => type.StartsWith(name, StringComparison.Ordinal)));
        Coverage.Begin();    // instrumented code counts from its first instruction on
    }

    /// <summary>A type of this assembly as an instrumented copy, apart from the one that runs.</summary>
    public static Type InstrumentedCopy(Type type, string folder)
    {
        var file = Path.Combine(folder, type.Module.Name);
        File.Copy(type.Assembly.Location, file, overwrite: true);
        Rewrite(file, name => name == type.FullName);
        var context = new AssemblyLoadContext("instrumented");
        using var octets = new MemoryStream(File.ReadAllBytes(file));
        return context.LoadFromStream(octets).GetType(type.FullName!, throwOnError: true)!;
    }

    static void Rewrite(string name, Func<string, bool> wanted)
    {
        var file = Path.Combine(AppContext.BaseDirectory, name);
        var rewritten = $"{file}.{Environment.ProcessId}";
        File.Copy(file, rewritten, overwrite: true);
        try
        {
            // Enumerating is what does it.
            if (!SharpFuzz.Fuzzer.Instrument(rewritten, wanted, SharpFuzz.Options.Value).Any())
                throw new InvalidOperationException($"Nothing in {name} was instrumented.");
            File.Move(rewritten, file, overwrite: true);
        }
        catch (SharpFuzz.InstrumentationException e) when (e.Message.Contains("already instrumented", StringComparison.Ordinal))
        {
            // An earlier run has done it; a build puts the original back.
        }
        finally
        {
            File.Delete(rewritten);
        }
    }
}
