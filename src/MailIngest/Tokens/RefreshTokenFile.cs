using MailIngest.Blobs;
using MailIngest.Settings;
using Microsoft.Win32.SafeHandles;

namespace MailIngest.Tokens;

/// <summary>
/// The file of a refresh token while one is exchanged for the next: no other process exchanges it meanwhile, and at every moment, also of a
/// power cut, the file holds the old one or the new one, whole.
/// </summary>
/// <param name="name">As the operator wrote it; where it is a link, the file behind it is replaced.</param>
/// <param name="owner">Whose it is, for messages.</param>
sealed class RefreshTokenFile(string name, string owner) : IDisposable
{
    static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(200);

    readonly string _path = Target(name);
    FileStream? _lock;
    SafeFileHandle? _draft;

    string Folder => Path.GetDirectoryName(_path)!;

    string DraftPath => Path.Combine(Folder, $".{Path.GetFileName(_path)}.new");

    /// <summary>Waits until no other process exchanges it, and makes sure that a new one can be written.</summary>
    /// <exception cref="SecretException">None can.</exception>
    public async Task PrepareAsync(TimeProvider clock, CancellationToken stop)
    {
        while (!TryLock())
            await Task.Delay(Turn, clock, stop);
        Begin();
    }

    /// <summary>Puts a new refresh token in the file's place: its content is durable before its name, its name when this returns.</summary>
    /// <exception cref="SecretException">It could not be written; the old one is still there.</exception>
    public void Replace(string token)
    {
        try
        {
            if (_draft is null)
                Begin();
            Posix.Write(_draft!, System.Text.Encoding.UTF8.GetBytes(token + "\n"), DraftPath);
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(_draft!, File.GetUnixFileMode(_path));
            Posix.Fsync(_draft!, DraftPath);
            End();
            File.Move(DraftPath, _path, overwrite: true); // rename(2)
            Posix.FsyncExisting(Folder);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(failure);
        }
    }

    public void Dispose()
    {
        if (_draft is not null)
        {
            End();
            Posix.TryUnlink(DraftPath);
        }
        _lock?.Dispose();
    }

    void Begin()
    {
        try
        {
            Posix.TryUnlink(DraftPath); // of a process that died
            _draft = Posix.CreateFile(DraftPath);
        }
        catch (IOException failure)
        {
            throw Unwritable(failure);
        }
    }

    void End()
    {
        _draft?.Dispose();
        _draft = null;
    }

    bool TryLock()
    {
        try
        {
            var beside = Path.Combine(Folder, $".{Path.GetFileName(_path)}.lock");
            _lock = new(beside, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (Exception failure) when (failure is UnauthorizedAccessException or DirectoryNotFoundException)
        {
            throw Unwritable(failure);
        }
        catch (IOException failure) when (!IsTaken(failure))
        {
            throw Unwritable(failure);
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>EWOULDBLOCK: how .NET shows that another has locked the file.</summary>
    static bool IsTaken(IOException failure) => failure.HResult == 11;

    SecretException Unwritable(Exception failure) => new(
        $"{owner} {name}: a new refresh token cannot be written there: {failure.Message.TrimEnd('.')}; its folder must be writable for "
            + "MailIngest, because the provider may replace the token whenever it is used", failure);

    static string Target(string name) => File.Exists(name) ? File.ResolveLinkTarget(name, returnFinalTarget: true)?.FullName ?? name : name;
}
