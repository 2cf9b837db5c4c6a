using System.Text.RegularExpressions;
using System.Xml.Linq;
using k8s.Models;
using MailIngest.SystemTests.Servers;
using Xunit;
using YamlDotNet.Core;

namespace MailIngest.SystemTests.Deploy;

/// <summary>What Kubernetes is asked for: type-checked, and the words that it does not check until they are applied.</summary>
[Trait("Needs", "kustomize")]
public sealed partial class ManifestTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string, bool> Overlays => Manifests.Overlays;

    [Theory, MemberData(nameof(Overlays))]
    public async Task Every_object_has_its_type_and_is_in_our_namespace(string overlay, bool azure)
    {
        var manifests = await Manifests.RenderAsync(overlay, azure, Stop);

        Assert.Equal("mailingest", manifests.The<V1Namespace>().Name());
        Assert.All(manifests.All.OfType<k8s.IKubernetesObject<V1ObjectMeta>>().Where(each => each is not V1Namespace),
            each => Assert.Equal("mailingest", each.Namespace()));
        Assert.Empty(manifests.Each<V1Secret>()); // passwords are no part of a repository
    }

    [Fact]
    public void A_misspelt_field_is_refused()
    {
        const string Yaml = "apiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: x\nspec:\n  concurencyPolicy: Forbid\n";

        Assert.Throws<YamlException>(() => Manifests.Read(Yaml));
    }

    [Theory, MemberData(nameof(Overlays))]
    public async Task The_pod_runs_the_image_of_this_version_with_our_command_line(string overlay, bool azure)
    {
        var worker = (await Manifests.RenderAsync(overlay, azure, Stop)).Worker;

        var version = XDocument.Load(Repository.At("Directory.Build.props")).Descendants("Version").Single().Value;
        Assert.Equal($"mailingest:{version}", worker.Image);
        Assert.Equal("IfNotPresent", worker.ImagePullPolicy);
        Assert.Null(worker.Command); // the image's
        Assert.Equal([overlay == Manifests.CronJob ? "once" : "run", "--settings", "/etc/mailingest/appsettings.json"], worker.Args);
        Assert.Null(worker.Env); // secrets are files
        Assert.Null(worker.EnvFrom);
    }

    [Fact]
    public async Task The_deployment_is_one_worker_that_ends_before_the_next_one_starts()
    {
        var deployment = (await Manifests.RenderAsync(Manifests.Deployment, azure: false, Stop)).The<V1Deployment>();

        Assert.Equal(1, deployment.Spec.Replicas);
        Assert.Equal("Recreate", deployment.Spec.Strategy.Type);
        Assert.Null(deployment.Spec.Strategy.RollingUpdate);
        Assert.All(deployment.Spec.Selector.MatchLabels, label =>
            Assert.Equal(label.Value, deployment.Spec.Template.Metadata.Labels[label.Key]));
    }

    [Fact]
    public async Task Probes_service_and_metrics_policy_meet_at_one_port()
    {
        var manifests = await Manifests.RenderAsync(Manifests.Deployment, azure: false, Stop);
        var worker = manifests.Worker;

        var port = Assert.Single(worker.Ports);
        Assert.Equal(("http", 8110), (port.Name, port.ContainerPort));
        V1Probe[] probes = [worker.StartupProbe, worker.LivenessProbe, worker.ReadinessProbe];
        Assert.Equal(
            [("/livez", "http"), ("/livez", "http"), ("/readyz", "http")],
            probes.Select(probe => (probe.HttpGet.Path, (string)probe.HttpGet.Port)));

        var service = manifests.The<V1Service>();
        Assert.Equal((8110, "http"), (Assert.Single(service.Spec.Ports).Port, (string)service.Spec.Ports[0].TargetPort));
        Assert.All(service.Spec.Selector, label => Assert.Equal(label.Value, manifests.Pod.Metadata.Labels[label.Key]));
        Assert.True(service.Spec.PublishNotReadyAddresses);

        var ingress = Assert.Single(manifests.Each<V1NetworkPolicy>().SelectMany(policy => policy.Spec.Ingress ?? []));
        Assert.Equal("8110", (string)Assert.Single(ingress.Ports).Port);
        Assert.Equal("monitoring", Assert.Single(ingress.FromProperty).NamespaceSelector.MatchLabels["kubernetes.io/metadata.name"]);
        var settings = manifests.MountedAt("/etc/mailingest").Data["appsettings.json"];
        Assert.Contains("\"listen\": \"0.0.0.0:8110\"", settings, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_cron_job_never_overlaps_and_gives_up_where_trying_again_does_harm()
    {
        var spec = (await Manifests.RenderAsync(Manifests.CronJob, azure: false, Stop)).The<V1CronJob>().Spec;

        Assert.Equal("Forbid", spec.ConcurrencyPolicy);
        Assert.Equal("Etc/UTC", spec.TimeZone);
        Assert.Equal("7 * * * *", spec.Schedule);
        Assert.InRange(spec.StartingDeadlineSeconds!.Value, 10, 600);
        var job = spec.JobTemplate.Spec;
        Assert.Equal(3600 * 9 / 10, job.ActiveDeadlineSeconds);
        Assert.Equal((2, 86400), (job.BackoffLimit, job.TtlSecondsAfterFinished));
        Assert.Equal("Never", job.Template.Spec.RestartPolicy); // podFailurePolicy needs it

        Assert.Collection(job.PodFailurePolicy.Rules,
            disruption =>
            {
                Assert.Equal("Ignore", disruption.Action);
                var condition = Assert.Single(disruption.OnPodConditions);
                Assert.Equal(("DisruptionTarget", "True"), (condition.Type, condition.Status));
            },
            code =>
            {
                Assert.Equal(("FailJob", "In"), (code.Action, code.OnExitCodes.OperatorProperty));
                Assert.Equal(job.Template.Spec.Containers[0].Name, code.OnExitCodes.ContainerName);
                Assert.Equal([64, 77, 78], code.OnExitCodes.Values);
            });
    }

    [Theory, MemberData(nameof(Overlays))]
    public async Task The_pod_is_given_more_time_to_end_than_the_worker_takes(string overlay, bool azure)
    {
        var manifests = await Manifests.RenderAsync(overlay, azure, Stop);

        var grace = Grace().Match(manifests.MountedAt("/etc/mailingest").Data["appsettings.json"]).Groups[1].Value;

        Assert.InRange(manifests.Pod.Spec.TerminationGracePeriodSeconds!.Value, int.Parse(grace, null) + 10, 300);
    }

    [Fact]
    public async Task Azure_signs_in_with_the_identity_of_the_pod()
    {
        var manifests = await Manifests.RenderAsync(Manifests.Deployment, azure: true, Stop);

        Assert.Equal("true", manifests.Pod.Metadata.Labels["azure.workload.identity/use"]);
        Assert.Contains("azure.workload.identity/client-id", manifests.The<V1ServiceAccount>().Metadata.Annotations.Keys);
    }

    [GeneratedRegex("\"shutdownGrace\": \"([0-9]+)s\"")]
    private static partial Regex Grace();
}
