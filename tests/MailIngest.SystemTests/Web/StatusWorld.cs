extern alias worker;

using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using worker::MailIngest.Ledger;
using worker::MailIngest.Mailboxes;
using worker::MailIngest.Settings;
using worker::MailIngest.Status;
using worker::MailIngest.Web;
using MailIngest.Pop3;
using Xunit;

namespace MailIngest.SystemTests.Web;

/// <summary>The status page in this process: the real server on a free port and a real ledger, under a clock that stands still.</summary>
sealed class StatusWorld : IAsyncDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("mailingest-status-").FullName;
    readonly List<Mailbox> _mailboxes = [];
    UniqueIdLedger _ledger = null!;
    StatusServer? _server;

    public FakeTimeProvider Clock { get; } = new(new(2026, 6, 1, 8, 0, 0, TimeSpan.Zero));

    public StatusBoard Board { get; private set; } = null!;

    /// <summary>What the blob store is said to suffer from.</summary>
    public string? StoreProblem { get; set; }

    public Uri Address { get; private set; } = null!;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static async Task<StatusWorld> StartAsync()
    {
        var world = new StatusWorld();
        world._ledger = await UniqueIdLedger.OpenAsync(Path.Combine(world._folder, "ledger.db"), world.Clock, Stop);
        world.Board = new(world._ledger, () => world.StoreProblem, world.Clock);
        world._server = await StatusServer.StartAsync(
            new() { Listen = new(System.Net.IPAddress.Loopback, 0) }, world.Board, world.Clock, NullLogger.Instance, Stop);
        world.Address = new($"http://{world._server!.Listens}/");
        return world;
    }

    /// <summary>Adds a mailbox that is fine: polled three minutes ago.</summary>
    public async Task AddAsync(string id, bool enabled = true, Func<MailboxTraits, MailboxTraits>? traits = null, params Sighting[] waiting)
    {
        _mailboxes.Add(new()
        {
            Id = id, File = $"{id}.json", Enabled = enabled, Server = new Pop3Endpoint("pop.example.org", 995, TlsMode.Implicit),
                Username = $"{id}@example.org",
            Password = new InlineSecret(new($"mailbox {id}", "password", $"{id}.json"), new Secret("secret")),
        });
        Board.Configure(_mailboxes, []);
        Board.Due(id, Clock.GetUtcNow() + TimeSpan.FromMinutes(2));
        await LearnAsync(id, traits ?? (fine => fine), waiting);
    }

    /// <summary>What a poll that has just ended would leave in the ledger.</summary>
    public async Task LearnAsync(string id, Func<MailboxTraits, MailboxTraits> traits, params Sighting[] waiting)
    {
        var at = Clock.GetUtcNow() - TimeSpan.FromMinutes(3);
        await using var lease = await _ledger.TakeLeaseAsync(id, "tests", TimeSpan.FromMinutes(1), _ => false, Stop);
        await _ledger.SaveTraitsAsync(lease!, traits(new() { LastAttempt = at, LastSuccess = at, Failures = 0 }), Stop);
        if (waiting.Length > 0)
            await _ledger.SightAsync(lease!, waiting, Stop);
    }

    /// <summary>Messages are put aside.</summary>
    public async Task QuarantineAsync(string id, params string[] uniqueIds)
    {
        await using var lease = await _ledger.TakeLeaseAsync(id, "tests", TimeSpan.FromMinutes(1), _ => false, Stop);
        await _ledger.SightAsync(lease!, [.. uniqueIds.Select(uniqueId => new Sighting(uniqueId, 0, 4_000))], Stop);
        foreach (var uniqueId in uniqueIds)
            await _ledger.QuarantineAsync(lease!, new(uniqueId, 0), "its body cannot be fetched", Stop);
    }

    /// <summary>One of its configuration files turns out wrong.</summary>
    public void Wrong(string id, string message) => Board.Configure(_mailboxes, [new($"{id}.json", 7, "timeout", message)]);

    /// <summary>Twelve mailboxes of a small company on a day that could be better.</summary>
    public async Task SampleAsync()
    {
        var now = Clock.GetUtcNow() + TimeSpan.FromHours(4);
        await AddAsync("complaints", traits: fine => fine with
        {
            LastSuccess = now - TimeSpan.FromHours(26), Failures = 3, SignInRefusals = 3, SuspendedUntil = DateTimeOffset.MaxValue,
            LastError = "signing in as complaints@example.org: the server answered \"-ERR [AUTH] invalid credentials\"; check username "
                + "and password in complaints.json",
        });
        await AddAsync("invoices", traits: fine => fine with
        {
            LastSuccess = now - TimeSpan.FromMinutes(47), Failures = 4, LastAttempt = now - TimeSpan.FromMinutes(2),
            LastError = "pop.billing.example.org:995 did not answer within 30 s; check host, port and tls in invoices.json, and the "
                + "network; the next poll tries again",
        }, waiting: [.. Enumerable.Range(1, 38).Select(number => new Sighting($"inv{number}", 0, 61_000 + number))]);
        foreach (var id in (string[])["archive", "careers", "events", "feedback", "hello", "newsletter", "orders", "press", "sales",
            "support"])
            await AddAsync(id);
        await AddAsync("legacy", enabled: false, traits: fine => fine with { LastSuccess = now - TimeSpan.FromDays(40) });
        await QuarantineAsync("orders", "one", "two");
        Clock.Advance(TimeSpan.FromHours(4));
        foreach (var (at, mailbox) in _mailboxes.Index()
            .Where(each => each.Item is { Id: not ("complaints" or "invoices"), Enabled: true }))
        {
            await LearnAsync(mailbox.Id, fine => fine with { LastSuccess = now - TimeSpan.FromMinutes(at % 4 + 0.5) });
            Board.Due(mailbox.Id, now + TimeSpan.FromMinutes(1 + at % 4 + 0.5));
        }
        await LearnAsync("support", fine => fine, [new("s1", 0, 2_400_000), new("s2", 0, 800)]);
        Board.Due("invoices", now + TimeSpan.FromMinutes(14));
        Board.Polling("support");
        Board.Ticked();
    }

    /// <summary>Time goes on, and the scheduler is alive.</summary>
    public void Later(TimeSpan time)
    {
        Clock.Advance(time);
        Board.Ticked();
    }

    /// <summary>The worker is gone.</summary>
    public async Task DieAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _server = null;
    }

    public async ValueTask DisposeAsync()
    {
        await DieAsync();
        await _ledger.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
