using MailIngest.Ledger;
using Xunit;

namespace MailIngest.Tests.Ledger;

public class LedgerFolderTests
{
    [Theory]
    [InlineData(0x6969, "NFS")]
    [InlineData(0x517B, "SMB")]
    [InlineData(0xFF534D42, "SMB")]
    [InlineData(0xFE534D42, "SMB")]
    [InlineData(0x01021997, "9p")]
    [InlineData(0x65735546, "FUSE")]
    public void A_file_system_that_other_machines_share_is_known_by_its_number(uint type, string name) =>
        Assert.Equal(name, LedgerFolder.NetworkFileSystem(type));

    [Theory]
    [InlineData(0xEF53)] // ext4
    [InlineData(0x58465342)] // XFS
    [InlineData(0x9123683E)] // Btrfs
    [InlineData(0x01021994)] // tmpfs
    [InlineData(0x794C7630)] // overlayfs
    [InlineData(0x2FC12FC1)] // ZFS
    [InlineData(0xF2F52010)] // F2FS
    public void A_local_file_system_is_accepted(uint type) => Assert.Null(LedgerFolder.NetworkFileSystem(type));

    [Theory]
    [InlineData(0x01021994, "tmpfs")]
    [InlineData(0x858458F6, "ramfs")]
    [InlineData(0xEF53, null)] // ext4
    [InlineData(0x794C7630, null)] // overlayfs: lost with its container, not with a reboot
    [InlineData(0x6969, null)] // NFS
    public void A_file_system_in_memory_is_known_by_its_number(uint type, string? name) =>
        Assert.Equal(name, LedgerFolder.MemoryFileSystem(type));

    [Fact]
    public void The_file_system_of_a_folder_is_asked_of_the_kernel()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "statfs is asked on Linux only");
        Assert.Null(LedgerFolder.NetworkFileSystemOf("/proc"));
        Assert.Null(LedgerFolder.MemoryFileSystemOf("/proc"));
        Assert.Throws<IOException>(() => LedgerFolder.NetworkFileSystemOf("/no/such/folder"));
    }
}
