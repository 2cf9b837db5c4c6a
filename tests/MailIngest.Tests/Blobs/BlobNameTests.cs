using MailIngest.Blobs;
using MailIngest.Messages;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailIngest.Tests.Blobs;

/// <summary>A name is a function of the message's identity and nothing else, and stays where it belongs.</summary>
public sealed class BlobNameTests
{
    static readonly HeaderFacts s_header = new(new string('a', 64), new DateOnly(2024, 3, 9));

    [Fact]
    public void The_name_is_mailbox_day_and_key() =>
        Assert.Matches("^office/2024/03/09/[0-9a-f]{32}\\.eml$", BlobName.For("office", "uid-1", s_header, 0).Path);

    [Fact]
    public void A_message_without_a_date_is_undated() =>
        Assert.Matches("^office/undated/[0-9a-f]{32}\\.eml$", BlobName.For("office", "uid-1", s_header with { Date = null }, 0).Path);

    [Fact]
    public void The_key_is_the_hash_the_documentation_says()
    {
        // printf 'office\0u\0aaaa(64)\0''0' | sha256sum | cut -c1-32
        var expected = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(
            System.Text.Encoding.ASCII.GetBytes($"office\0u\0{s_header.Fingerprint}\0" + "0")))[..32];

        Assert.Equal($"office/2024/03/09/{expected}.eml", BlobName.For("office", "u", s_header, 0).Path);
    }

    [Fact]
    public void Each_part_of_the_identity_makes_another_name()
    {
        BlobName[] names =
        [
            BlobName.For("office", "u", s_header, 0), BlobName.For("home", "u", s_header, 0), BlobName.For("office", "v", s_header, 0),
            BlobName.For("office", "u", s_header with { Fingerprint = new string('b', 64) }, 0), BlobName.For("office", "u", s_header, 1),
            BlobName.For("office", "u\xFF", s_header, 0), BlobName.For("office", "u\xFE", s_header, 0), BlobName.For("office", "", s_header, 0),
        ];

        Assert.Equal(names.Length, names.Distinct().Count());
        Assert.Equal(names[0], BlobName.For("office", "u", s_header, 0));
    }

    [Fact]
    public async Task No_mailbox_id_and_no_unique_id_leads_out_of_the_folder()
    {
        var root = Directory.CreateTempSubdirectory("mailingest-").FullName;
        await using var store = FileBlobStore.Open(root, new FakeTimeProvider());
        string[] nasty = ["", ".", "..", "...", "../..", "/", "/etc/cron.d/x", "a/../../b", "\\", "..\\..", "\0", "a\0b", "\r\n", "%2e%2e", "~", "-rf", "é", "\uD800",
            "CON", ".tmp", "a.", " ", new('x', 500), new('é', 500), new('.', 300), "\u202Egnp.exe"];
        var random = new Random(1);
        var names = nasty.SelectMany(mailbox => nasty.Select(uniqueId => (mailbox, uniqueId)))
            .Concat(Enumerable.Range(0, 5000).Select(_ => (Text(), Text())));

        foreach (var (mailbox, uniqueId) in names)
        {
            var name = BlobName.For(mailbox, uniqueId, s_header, 0);
            var path = Path.GetFullPath(store.PathOf(name));
            Assert.StartsWith(root + "/", path, StringComparison.Ordinal);
            Assert.Equal(5, name.Path.Split('/').Length);
            Assert.Matches("^[A-Za-z0-9%@+_-][A-Za-z0-9%@+_.-]*/2024/03/09/[0-9a-f]{32}\\.eml$", name.Path);
            Assert.True(name.Path.Length < 200);
        }

        Directory.Delete(root, recursive: true);

        string Text() => string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => (char)"./\\\0%a\r\n\u00E9~ "[random.Next(11)]));
    }

    [Theory]
    [InlineData("plain-1._~", "plain-1._~")]
    [InlineData("", "%")]
    [InlineData(" x\r\ny", "%20x%0D%0Ay")]
    [InlineData("100%", "100%25")]
    [InlineData("\u00E9\0", "%E9%00")]
    public void Metadata_values_are_plain_ascii(string uniqueId, string value) =>
        Assert.Equal(value, BlobMetadata.For("m", uniqueId, s_header, 0)[BlobMetadata.UniqueId]);

    [Fact]
    public void A_huge_unique_id_is_cut_and_still_tells_apart()
    {
        var (one, other) = (Value(new string(' ', 8000)), Value(new string(' ', 8001)));

        Assert.True(one.Length <= BlobMetadata.MaxValue);
        Assert.NotEqual(one, other);

        static string Value(string uniqueId) => BlobMetadata.For("m", uniqueId, s_header, 0)[BlobMetadata.UniqueId];
    }

    [Fact]
    public void Metadata_keys_are_lower_case_letters_and_digits() =>
        Assert.All(BlobMetadata.For("m", "u", s_header, 0).Keys, key => Assert.Matches("^[a-z][a-z0-9]*$", key));
}
