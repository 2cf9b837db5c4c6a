using System.Runtime.Loader;
using dnlib.DotNet;

namespace MailIngest.Fuzz.Driver;

/// <summary>
/// Has SharpFuzz rewrite the assemblies under test, our copies of them beside this program, so that they count their edges.
/// </summary>
static class Instrumentation
{
    // What takes octets from outside; the rest of the worker would only fill the map.
    static readonly string[] Worker =
    [
        "MailIngest.Settings.", "MailIngest.Mailboxes.", "MailIngest.Messages.", "MailIngest.Blobs.BlobName",
        "MailIngest.Blobs.BlobMetadata",
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

    /// <summary>A type of this assembly, alone in an instrumented one of its own: this one counts and cannot be counted.</summary>
    public static Type InstrumentedCopy(Type type, string folder)
    {
        var file = Path.Combine(folder, $"{type.Name}.dll");
        using (var module = ModuleDefMD.Load(type.Assembly.Location))
        {
            foreach (var other in module.Types.Where(other => !other.IsGlobalModuleType && other.FullName != type.FullName).ToList())
                module.Types.Remove(other);
            module.CustomAttributes.Clear();
            module.Assembly.CustomAttributes.Clear();
            module.Assembly.Name = type.Name;
            module.EntryPoint = null;
            module.Write(file);
        }
        Rewrite(file, name => name == type.FullName);
        using var octets = new MemoryStream(File.ReadAllBytes(file));
        return new AssemblyLoadContext("instrumented").LoadFromStream(octets).GetType(type.FullName!, throwOnError: true)!;
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
