using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using MailIngest.SystemTests.Servers;
using Xunit;

namespace MailIngest.SystemTests.Worker;

/// <summary>A folder with settings, mailbox files, ledger and blobs, and the worker as a process in it.</summary>
internal sealed partial class Workplace : IDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    readonly List<string> _secrets = [];

    /// <param name="blobs">The folder below this place in which that of the blobs lies.</param>
    /// <param name="ledger">The folder below this place in which the ledger lies.</param>
    public Workplace(string blobs = "", string ledger = "")
    {
        LedgerFile = In(Path.Combine(ledger, "ledger.db"));
        Directory.CreateDirectory(MailboxFolder);
        Blobs = new BlobFolder(In(Path.Combine(blobs, "blobs")));
        WriteSettings();
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("mailingest-worker-").FullName;
    public string MailboxFolder => In("mailboxes");
    public string MailboxFile(string mailbox) => Path.Combine(MailboxFolder, mailbox + ".json");
    public string SettingsFile => In("appsettings.json");
    public string LedgerFile { get; }

    /// <summary>The authority that the mailboxes trust.</summary>
    public string TrustFile => In("trust.pem");

    public string PasswordFile(string mailbox) => In(mailbox + ".password");

    /// <summary>Where messages go: files under this folder unless told otherwise.</summary>
    public BlobPlace Blobs
    {
        get;
        init
        {
            field = value;
            WriteSettings();
        }
    }

    /// <summary>Further sections of the settings file, written at once.</summary>
    public JsonObject MoreSettings
    {
        get;
        set
        {
            field = value;
            WriteSettings();
        }
    } = [];

    /// <summary>A mailbox file for this maildrop; <paramref name="changes"/> overrides or adds keys.</summary>
    public void AddMailbox(
        string name, DovecotServer server, DovecotMaildrop maildrop, Transport transport = Transport.Plaintext, JsonObject? changes = null)
    {
        var port = transport == Transport.ImplicitTls ? server.TlsPort : server.Port;
        var mailbox = Mailbox(name, port, maildrop.User, maildrop.Password, transport);
        File.WriteAllText(TrustFile, server.TrustPem);
        mailbox["tlsTrustFile"] = transport == Transport.Plaintext ? null : TrustFile;
        foreach (var (key, value) in changes ?? [])
            mailbox[key] = value?.DeepClone();
        foreach (var key in mailbox.Where(entry => entry.Value is null).Select(entry => entry.Key).ToList())
            mailbox.Remove(key);
        WriteMailbox(name, mailbox.ToJsonString());
    }

    /// <summary>The keys every mailbox file has; the password goes into a file of its own.</summary>
    public JsonObject Mailbox(string name, int port, string user, string password, Transport transport)
    {
        _secrets.Add(password);
        File.WriteAllText(PasswordFile(name), password + "\n");
        File.SetUnixFileMode(PasswordFile(name), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return new JsonObject
        {
            ["host"] = "127.0.0.1",
            ["port"] = port,
            ["tls"] = transport switch { Transport.ImplicitTls => "implicit", Transport.Stls => "stls", _ => "none" },
            ["username"] = user,
            ["passwordFile"] = PasswordFile(name),
            ["delete"] = true,
        };
    }

    /// <summary>A mailbox file with this text, right or wrong.</summary>
    public void WriteMailbox(string name, string json) => File.WriteAllText(MailboxFile(name), json);

    /// <summary>Runs <c>MailIngest once</c> to its end.</summary>
    public Task<WorkerRun> OnceAsync(CancellationToken stop) => RunAsync(["once"], stop);

    /// <summary>
    /// Runs a verb to its end: with the settings file of this place, and under another program such as strace when
    /// <paramref name="under"/> names it with its arguments.
    /// </summary>
    public async Task<WorkerRun> RunAsync(string[] arguments, CancellationToken stop, string[]? under = null, bool settings = true)
    {
        using var process = Start([.. arguments, .. settings ? (string[])["--settings", SettingsFile] : []], under);
        return await EndAsync(process, stop);
    }

    /// <summary>Starts <c>MailIngest once</c>.</summary>
    public Process StartOnce() => Start(["once", "--settings", SettingsFile], under: null);

    /// <summary>Starts <c>MailIngest run</c>, which goes on until it is told to stop.</summary>
    public LongRun StartRun() => new(Start(["run", "--settings", SettingsFile], under: null), _secrets);

    Process Start(string[] arguments, string[]? under)
    {
        string[] command = [.. under ?? [], Executable, .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            Environment = { ["TMPDIR"] = Folder, ["HOME"] = Folder }, // .NET keeps revocation lists below the latter
        };
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    /// <summary>Waits for the end of a started verb; no run may print a password, or an account that does not add up.</summary>
    public async Task<WorkerRun> EndAsync(Process process, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(Patience);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(patience.Token);
            var error = process.StandardError.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            var run = new WorkerRun(process.ExitCode, new StringBuilder(await output).Append(await error).ToString());
            foreach (var secret in _secrets)
                Assert.DoesNotContain(secret, run.Output, StringComparison.Ordinal);
            PollLines.AssertBalanced(run.Output);
            return run;
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    // The one built together with the tests, unless another form of it is to be tested (as the native one).
    public static string Executable { get; } =
        Environment.GetEnvironmentVariable("MAILINGEST_EXECUTABLE")
        ?? Repository.At("src", "MailIngest", "bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "net10.0", "MailIngest");

    void WriteSettings()
    {
        var settings = new JsonObject
        {
            ["mailboxes"] = MailboxFolder,
            ["blobs"] = Blobs.Settings,
            ["ledger"] = new JsonObject { ["file"] = LedgerFile },
        };
        foreach (var (key, value) in MoreSettings)
            settings[key] = value?.DeepClone();
        File.WriteAllText(SettingsFile, settings.ToJsonString());
    }

    string In(string name) => Path.Combine(Folder, name);

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
