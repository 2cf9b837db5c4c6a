using MailIngest.SystemTests.Servers;
using Xunit;

[assembly: AssemblyFixture(typeof(SharedDovecot))]
[assembly: AssemblyFixture(typeof(SharedAzurite))]

namespace MailIngest.SystemTests.Servers;

/// <summary>The Dovecot with default options that all tests share, each with a maildrop of its own.</summary>
public sealed class SharedDovecot : IAsyncLifetime
{
    DovecotServer? _server;

    /// <summary>The server; skips the running test where Dovecot is not installed.</summary>
    public DovecotServer Server
    {
        get
        {
            Assert.SkipUnless(DovecotServer.IsInstalled, DovecotServer.Missing);
            return _server!;
        }
    }

    public async ValueTask InitializeAsync()
    {
        if (DovecotServer.IsInstalled)
            _server = await DovecotServer.StartAsync(new DovecotOptions(), TestContext.Current.CancellationToken);
    }

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;
}

/// <summary>The Azurite that all tests share, each with a container of its own.</summary>
public sealed class SharedAzurite : IAsyncLifetime
{
    AzuriteServer? _server;

    /// <summary>The server; skips the running test where Azurite is not installed.</summary>
    public AzuriteServer Server
    {
        get
        {
            Assert.SkipUnless(AzuriteServer.IsInstalled, AzuriteServer.Missing);
            return _server!;
        }
    }

    public async ValueTask InitializeAsync()
    {
        if (AzuriteServer.IsInstalled)
            _server = await AzuriteServer.StartAsync(onDisk: false, TestContext.Current.CancellationToken);
    }

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;
}
