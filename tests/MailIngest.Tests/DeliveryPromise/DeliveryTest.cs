using System.Reflection;
using MailIngest.Pop3.Server;
using MailIngest.Tests.Blobs;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

namespace MailIngest.Tests.DeliveryPromise;

/// <summary>Which store the mail is delivered to.</summary>
public enum Store
{
    Folder,
    Azurite,
}

/// <summary>What the tests of the delivery promise begin with: a world in which everything is real but the clock.</summary>
public abstract class DeliveryTest(AzuriteFixture azurite)
{
    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>A world whose server misbehaves as told.</summary>
    /// <summary>A server that limits sign-ins: the poll ends with its first session, so that the state right after a fault can be looked at.</summary>
    internal static Pop3ServerOptions OneSession(Pop3ServerOptions options) => options with { ExtraCapabilities = ["LOGIN-DELAY 900"] };

    internal async Task<Delivery> OpenAsync(Store store, FaultScript? faults = null, Func<Pop3ServerOptions, Pop3ServerOptions>? server = null)
    {
        var options = new Pop3ServerOptions { Faults = faults ?? FaultScript.None };
        return await Delivery.OpenAsync(store == Store.Azurite ? await azurite.NewContainerAsync() : null, server?.Invoke(options) ?? options);
    }
}

/// <summary>Runs a theory once for each blob store, with further arguments after it.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class OnEachStoreAttribute(params object[] more) : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        new([new TheoryDataRow([Store.Folder, .. more]), new TheoryDataRow([Store.Azurite, .. more]).WithTrait("Needs", "Azurite")]);

    public override bool SupportsDiscoveryEnumeration() => true;
}
