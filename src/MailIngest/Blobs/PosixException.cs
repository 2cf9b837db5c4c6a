using System.Runtime.InteropServices;

namespace MailIngest.Blobs;

/// <summary>A system call failed: which, on what path, with what error number.</summary>
sealed class PosixException(string call, string path, int errno)
    : IOException($"{call} of {path} failed: {Marshal.GetPInvokeErrorMessage(errno)} (error {errno})")
{
    /// <summary>The call's name.</summary>
    internal string Call { get; } = call;

    /// <summary>The path it was given.</summary>
    internal string Path { get; } = path;

    /// <summary>The error number.</summary>
    internal int Errno { get; } = errno;

    /// <summary>The same for a person who keeps the blob store: place, cause, remedy.</summary>
    internal BlobStoreException Explain(string place) => Errno switch
    {
        Posix.ENOSPC => Say(place, "no space is left on its disk: free some, or move the store to a larger one", transient: true),
        Posix.EDQUOT => Say(place, "the disk quota is used up: raise it or free some space", transient: true),
        Posix.EROFS => Say(place, "its file system is mounted read-only: mount it writable, and look into the kernel log for the reason", transient: false),
        Posix.EACCES => Say(place, $"access to {Path} is refused: give the account that runs MailIngest read and write permission there", transient: false),
        Posix.EIO => Say(place, "the disk reported an input/output error: look into the kernel log, check the disk and its file system", transient: false),
        Posix.ENOENT => Say(place, $"{Path} is missing: is the folder's volume mounted?", transient: false),
        Posix.ENOTDIR or Posix.EEXIST => Say(place, $"a part of {Path} is a file and not a directory: name another folder or move that file away", transient: false),
        Posix.EMFILE => Say(place, "too many files are open: raise the limit (ulimit -n)", transient: true),
        Posix.EPERM or Posix.EOPNOTSUPP or Posix.ENOSYS or Posix.EXDEV or Posix.EMLINK when Call == "link" =>
            Say(place, "its file system cannot make hard links, without which nothing is published safely: use ext4, XFS, Btrfs or another local one", transient: false),
        _ => Say(place, "nothing was published; when it lasts, look into the kernel log", transient: false),
    };

    BlobStoreException Say(string place, string remedy, bool transient) =>
        new($"{char.ToUpperInvariant(place[0])}{place[1..]}: {Call} failed with \"{Marshal.GetPInvokeErrorMessage(Errno)}\"; {remedy}.", this, transient);
}
