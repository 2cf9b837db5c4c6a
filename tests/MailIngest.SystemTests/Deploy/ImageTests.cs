using System.Globalization;
using System.Text.RegularExpressions;
using MailIngest.SystemTests.Servers;
using Xunit;

namespace MailIngest.SystemTests.Deploy;

/// <summary>The image, really built and run: without a registry, on Debian's packages and this machine's SDK.</summary>
[Trait("Needs", "buildah"), Trait("Needs", "root"), Trait("Length", "Full")]
public sealed partial class ImageTests
{
    [Fact]
    public async Task The_image_is_small_and_its_worker_works_in_it()
    {
        foreach (var program in new[] { "buildah", "debootstrap" })
            Assert.SkipWhen(
                Programs.Find(program) is null,
                $"{program} is not installed (Debian: apt-get install {program}); tests/run.sh --full does it.");
        Assert.SkipUnless(Libc.IsRoot, "Only root can build the image here.");
        var folder = Directory.CreateTempSubdirectory("mailingest-image-").FullName;
        try
        {
            var script = Repository.At("tests", "MailIngest.SystemTests", "Deploy", "build-image.sh");
            var said = await Tool.PassAsync(script, [folder], TestContext.Current.CancellationToken, patience: TimeSpan.FromMinutes(15));

            Assert.Contains("All 10 messages were stored once", said, StringComparison.Ordinal);
            Assert.Contains("/etc/mailingest/appsettings.json: right; 1 mailbox", said, StringComparison.Ordinal);
            Assert.Contains("a probe blob was written, read back and removed", said, StringComparison.Ordinal);
            Assert.Contains("check --connect ended with 69", said, StringComparison.Ordinal);
            Assert.Contains("user: 1654:1654", said, StringComparison.Ordinal);
            var octets = long.Parse(Octets().Match(said).Groups[1].Value, CultureInfo.InvariantCulture);
            TestContext.Current.TestOutputHelper!.WriteLine(string.Create(CultureInfo.InvariantCulture, $"the image has {octets:N0} octets"));
            Assert.InRange(octets, 10_000_000, 50_000_000);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [GeneratedRegex("^octets: ([0-9]+)$", RegexOptions.Multiline)]
    private static partial Regex Octets();
}
