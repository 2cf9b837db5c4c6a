using System.Text.Json;
using k8s.Models;
using MailIngest.SystemTests.Servers;
using Xunit;

namespace MailIngest.SystemTests.Deploy;

/// <summary>What the image is made of, and that it agrees with the manifests.</summary>
public sealed class DockerfileTests
{
    static readonly Dockerfile Image = Dockerfile.Parse(File.ReadAllText(Repository.At("deploy", "Dockerfile")));

    [Fact]
    public void The_last_stage_starts_from_nothing_and_takes_only_what_the_first_built()
    {
        Assert.Equal(["${SDK_IMAGE} AS build", "scratch"], Image.Each("FROM"));
        Assert.All(Image.Final.Each("COPY"), copy => Assert.StartsWith("--from=build ", copy, StringComparison.Ordinal));
        Assert.Empty(Image.Final.Each("RUN"));
    }

    [Fact]
    public void It_runs_as_a_numbered_user_who_is_not_root() => Assert.Equal("1654:1654", Assert.Single(Image.Final.Each("USER")));

    [Fact]
    public void Nothing_is_fetched_by_address_and_no_host_is_named()
    {
        Assert.Empty(Image.Each("ADD"));
        var text = File.ReadAllText(Repository.At("deploy", "Dockerfile"));
        Assert.DoesNotContain("://", text, StringComparison.Ordinal);
        Assert.Equal(["SDK_IMAGE"], Image.Each("ARG")); // and so without a default
        Assert.DoesNotContain("curl", text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_it_copies_exists_and_reaches_it_through_the_dockerignore()
    {
        var ignored = File.ReadAllLines(Repository.At(".dockerignore")).Where(line => !line.StartsWith('#')).ToList();

        Assert.Equal("*", ignored[0]);
        var sources = Image.Lines.Where(line => line.Instruction == "COPY" && !line.Rest.Contains("--from", StringComparison.Ordinal))
            .SelectMany(line => line.Words[..^1]).ToList();
        Assert.Contains("src/", sources);
        Assert.All(sources, source =>
        {
            Assert.True(Path.Exists(Repository.At(source)), $"{source} does not exist.");
            Assert.Contains("!" + source.TrimEnd('/'), ignored);
        });
        Assert.Equal(sources.Count, ignored.Count(line => line.StartsWith('!')));
    }

    [Fact]
    public void The_native_program_is_built_from_the_packages_of_its_lock_file()
    {
        var publish = Assert.Single(Image.Each("RUN"), run => run.Contains("dotnet publish", StringComparison.Ordinal));

        Assert.All(["src/MailIngest ", "-p:PublishAot=true", "-p:RestoreLockedMode=true"], word =>
            Assert.Contains(word, publish, StringComparison.Ordinal));
        Assert.True(File.Exists(Repository.At("src", "MailIngest", "packages.native.lock.json")));
    }

    [Fact, Trait("Needs", "kustomize")]
    public async Task Port_volume_user_and_command_are_those_of_the_manifests()
    {
        var manifests = await Manifests.RenderAsync(Manifests.Deployment, azure: false, TestContext.Current.CancellationToken);

        var image = Image.Final;
        Assert.Equal($"{Assert.Single(manifests.Worker.Ports).ContainerPort}", Assert.Single(image.Each("EXPOSE")));
        Assert.Contains(Assert.Single(image.Each("VOLUME")), manifests.Worker.VolumeMounts.Select(mount => mount.MountPath));
        var user = manifests.Pod.Spec.SecurityContext;
        Assert.Equal($"{user.RunAsUser}:{user.RunAsGroup}", Assert.Single(image.Each("USER")));
        Assert.Equal(manifests.Worker.Args, JsonSerializer.Deserialize<string[]>(Assert.Single(image.Each("CMD"))));
        Assert.Equal(["/app/MailIngest"], JsonSerializer.Deserialize<string[]>(Assert.Single(image.Each("ENTRYPOINT")))!);
    }
}
