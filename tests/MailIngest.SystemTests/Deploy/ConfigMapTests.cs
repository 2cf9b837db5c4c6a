using k8s.Models;
using MailIngest.SystemTests.Servers;
using MailIngest.SystemTests.Worker;
using Xunit;

namespace MailIngest.SystemTests.Deploy;

/// <summary>The configuration that the manifests ship, read by the worker itself.</summary>
[Trait("Needs", "kustomize")]
public sealed class ConfigMapTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string, bool> Overlays => Manifests.Overlays;

    [Theory, MemberData(nameof(Overlays))]
    public async Task The_shipped_configuration_is_right_and_finds_its_passwords(string overlay, bool azure)
    {
        var manifests = await Manifests.RenderAsync(overlay, azure, Stop);
        using var place = new Workplace();
        var passwords = Directory.CreateDirectory(Path.Combine(place.Folder, "passwords")).FullName;
        await File.WriteAllTextAsync(place.SettingsFile, Here(manifests.MountedAt("/etc/mailingest").Data["appsettings.json"]), Stop);
        foreach (var (file, text) in manifests.MountedAt("/etc/mailboxes").Data)
        {
            await File.WriteAllTextAsync(Path.Combine(place.MailboxFolder, file), Here(text), Stop);
            await File.WriteAllTextAsync(Path.Combine(passwords, Path.GetFileNameWithoutExtension(file)), "secret\n", Stop);
        }

        var run = (await place.RunAsync(["check"], Stop)).Ended(ExitCode.Done);

        Assert.DoesNotContain("warn", run.Output, StringComparison.OrdinalIgnoreCase);

        // The paths of the pod become those of this place; what is no path of a mounted volume stays as it is, and fails.
        string Here(string text)
        {
            var mounts = manifests.Worker.VolumeMounts.ToDictionary(mount => mount.MountPath, StringComparer.Ordinal);
            (string, string)[] moves =
            [
                ("/etc/mailboxes", place.MailboxFolder),
                ("/run/secrets/mailingest", passwords),
                ("/data", Path.Combine(place.Folder, "data")),
            ];
            foreach (var (from, to) in moves)
            {
                Assert.Contains(from, mounts.Keys);
                text = text.Replace($"\"{from}", $"\"{to}", StringComparison.Ordinal);
            }
            Assert.DoesNotContain("\"/etc/", text, StringComparison.Ordinal);
            Assert.DoesNotContain("\"/run/", text, StringComparison.Ordinal);
            return text;
        }
    }

    [Fact]
    public async Task Every_mailbox_file_is_part_of_the_config_map_whose_name_never_changes()
    {
        var mailboxes = (await Manifests.RenderAsync(Manifests.Deployment, azure: false, Stop)).MountedAt("/etc/mailboxes");

        Assert.Equal("mailingest-mailboxes", mailboxes.Name());
        Assert.Equal(
            Directory.EnumerateFiles(Repository.At("deploy", "kubernetes", "base", "mailboxes")).Select(Path.GetFileName).Order(),
            mailboxes.Data.Keys.Order());
    }

    [Fact]
    public async Task Changed_settings_start_a_new_pod()
    {
        var name = (await Manifests.RenderAsync(Manifests.Deployment, azure: false, Stop)).MountedAt("/etc/mailingest").Name();

        Assert.Matches("^mailingest-settings-[a-z0-9]{10}$", name);
        Assert.NotEqual(name, (await Manifests.RenderAsync(Manifests.Deployment, azure: true, Stop)).MountedAt("/etc/mailingest").Name());
    }
}
