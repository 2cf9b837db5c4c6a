using k8s.Models;
using Xunit;

namespace MailIngest.SystemTests.Deploy;

/// <summary>The restricted pod security standard, and what we ask for beyond it.</summary>
[Trait("Needs", "kustomize")]
public sealed class PodSecurityTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string, bool> Overlays => Manifests.Overlays;

    [Theory, MemberData(nameof(Overlays))]
    public async Task The_pod_keeps_to_the_restricted_standard(string overlay, bool azure)
    {
        var manifests = await Manifests.RenderAsync(overlay, azure, Stop);

        var pod = manifests.Pod.Spec;
        Assert.True(pod.SecurityContext.RunAsNonRoot);
        Assert.Equal((1654, 1654, 1654), (pod.SecurityContext.RunAsUser, pod.SecurityContext.RunAsGroup, pod.SecurityContext.FsGroup));
        Assert.Equal("RuntimeDefault", pod.SecurityContext.SeccompProfile.Type);
        Assert.Null(pod.HostNetwork);
        Assert.Null(pod.HostPID);
        Assert.Null(pod.HostIPC);
        Assert.Null(pod.InitContainers);
        var worker = manifests.Worker.SecurityContext;
        Assert.False(worker.AllowPrivilegeEscalation);
        Assert.True(worker.ReadOnlyRootFilesystem);
        Assert.Null(worker.Privileged);
        Assert.Null(worker.RunAsUser);
        Assert.Equal(["ALL"], worker.Capabilities.Drop);
        Assert.Null(worker.Capabilities.Add);
    }

    [Theory, MemberData(nameof(Overlays))]
    public async Task The_namespace_enforces_that_standard(string overlay, bool azure)
    {
        var labels = (await Manifests.RenderAsync(overlay, azure, Stop)).The<V1Namespace>().Metadata.Labels;

        Assert.All(["enforce", "audit", "warn"], mode => Assert.Equal("restricted", labels["pod-security.kubernetes.io/" + mode]));
    }

    [Theory, MemberData(nameof(Overlays))]
    public async Task No_token_of_the_cluster_is_mounted(string overlay, bool azure)
    {
        var manifests = await Manifests.RenderAsync(overlay, azure, Stop);

        Assert.False(manifests.Pod.Spec.AutomountServiceAccountToken);
        Assert.False(manifests.The<V1ServiceAccount>().AutomountServiceAccountToken);
        Assert.Equal(manifests.The<V1ServiceAccount>().Name(), manifests.Pod.Spec.ServiceAccountName);
        Assert.Empty(manifests.Each<V1RoleBinding>());
        Assert.Empty(manifests.Each<V1ClusterRoleBinding>());
    }

    [Theory, MemberData(nameof(Overlays))]
    public async Task Only_data_and_temporary_files_can_be_written_and_passwords_only_read_by_the_worker(string overlay, bool azure)
    {
        var manifests = await Manifests.RenderAsync(overlay, azure, Stop);

        var pod = manifests.Pod.Spec;
        var mounts = manifests.Worker.VolumeMounts;
        Assert.Equal(["/data", "/tmp"], mounts.Where(mount => mount.ReadOnlyProperty != true).Select(mount => mount.MountPath).Order());
        Assert.Equal(pod.Volumes.Select(volume => volume.Name).Order(), mounts.Select(mount => mount.Name).Order());
        Assert.DoesNotContain(pod.Volumes, volume => volume.HostPath is not null);
        Assert.Equal(Convert.ToInt32("440", 8), Assert.Single(pod.Volumes, volume => volume.Secret is not null).Secret.DefaultMode);
        var claim = manifests.The<V1PersistentVolumeClaim>();
        var data = Assert.Single(pod.Volumes, volume => volume.PersistentVolumeClaim is not null);
        Assert.Equal(claim.Name(), data.PersistentVolumeClaim.ClaimName);
        Assert.Equal(["ReadWriteOncePod"], claim.Spec.AccessModes);
        Assert.Equal("Filesystem", claim.Spec.VolumeMode);
    }

    [Theory, MemberData(nameof(Overlays))]
    public async Task The_pod_says_what_it_needs(string overlay, bool azure)
    {
        var resources = (await Manifests.RenderAsync(overlay, azure, Stop)).Worker.Resources;

        Assert.Equal(["cpu", "ephemeral-storage", "memory"], resources.Requests.Keys.Order());
        Assert.Equal(["ephemeral-storage", "memory"], resources.Limits.Keys.Order());
        Assert.True(resources.Limits["memory"].ToInt64() >= 256 << 20);
    }

    [Theory, MemberData(nameof(Overlays))]
    public async Task The_network_is_closed_but_for_names_mail_and_storage(string overlay, bool azure)
    {
        var manifests = await Manifests.RenderAsync(overlay, azure, Stop);

        var policies = manifests.Each<V1NetworkPolicy>().ToList();
        var closed = Assert.Single(policies, policy => policy.Name() == "default-deny").Spec;
        Assert.Equal(["Egress", "Ingress"], closed.PolicyTypes.Order());
        Assert.Null(closed.PodSelector.MatchLabels);
        Assert.Null(closed.Egress);
        Assert.Null(closed.Ingress);
        Assert.Equal(["110", "443", "53", "53", "995"],
            policies
                .SelectMany(policy => policy.Spec.Egress ?? []).SelectMany(rule => rule.Ports).Select(port => (string)port.Port).Order());
        Assert.All(policies.Where(policy => policy.Spec.PodSelector.MatchLabels is not null), policy =>
            Assert.All(policy.Spec.PodSelector.MatchLabels, label =>
                Assert.Equal(label.Value, manifests.Pod.Metadata.Labels[label.Key])));
    }
}
