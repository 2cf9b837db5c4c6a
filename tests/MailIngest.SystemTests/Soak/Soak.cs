using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using MailIngest.SystemTests.Servers;
using MailIngest.SystemTests.Worker;
using Xunit;

namespace MailIngest.SystemTests.Soak;

/// <summary>
/// Twenty mailboxes on a Dovecot of their own, an Azurite on disk, one worker with <c>every: 2s</c>, and mail that keeps arriving.
/// </summary>
internal sealed class Soak : IAsyncDisposable
{
    const int Mailboxes = 20;
    static readonly TimeSpan BetweenMessages = TimeSpan.FromMilliseconds(100);
    static readonly TimeSpan BetweenDisturbances = TimeSpan.FromSeconds(4);
    static readonly TimeSpan Outage = TimeSpan.FromSeconds(3);

    readonly CancellationToken _stop;
    readonly Random _random = new(20261126);
    readonly Stopwatch _clock = Stopwatch.StartNew();
    readonly List<(TimeSpan At, long Octets)> _resident = [];
    readonly SortedDictionary<string, (DovecotMaildrop Maildrop, Consignment Mail)> _mailboxes = new(StringComparer.Ordinal);
    DovecotServer _dovecot = null!;
    AzuriteServer _azurite = null!;
    Workplace _place = null!;
    LongRun _worker = null!;
    int _messages;

    Soak(CancellationToken stop) => _stop = stop;

    static void Say(string line) => TestContext.Current.TestOutputHelper!.WriteLine(line);

    public static async Task<Soak> StartAsync(CancellationToken stop)
    {
        var soak = new Soak(stop);
        try
        {
            soak._dovecot = await DovecotServer.StartAsync(new DovecotOptions { LockSession = true }, stop);
            soak._azurite = await AzuriteServer.StartAsync(onDisk: true, stop);
            var container = new BlobContainer(soak._azurite.ConnectionString, await soak._azurite.NewContainerAsync(stop));
            soak._place = new Workplace { Blobs = container, MoreSettings = new() { ["web"] = new JsonObject { ["enabled"] = false } } };
            for (var number = 1; number <= Mailboxes; number++)
                soak.Add(string.Create(CultureInfo.InvariantCulture, $"box{number:00}"));
            soak._worker = soak._place.StartRun();
            return soak;
        }
        catch
        {
            await soak.DisposeAsync();
            throw;
        }
    }

    /// <summary>Delivers and disturbs for so long; then everything is mended, and the worker has to bring the rest home.</summary>
    public async Task RunAsync(TimeSpan time)
    {
        var until = _clock.Elapsed + time;
        await Task.WhenAll(DeliverAsync(until), DisturbAsync(until), WatchAsync(until));
        foreach (var name in _mailboxes.Keys)
            Write(name);

        var begun = _clock.Elapsed;
        using var often = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (_mailboxes.Values.Any(mailbox => mailbox.Maildrop.Left.Count > 0))
        {
            Assert.True(_clock.Elapsed - begun < TimeSpan.FromMinutes(3),
                $"After three quiet minutes there is still mail on the server:\n{Tail()}");
            await often.WaitForNextTickAsync(_stop);
        }
        Say(string.Create(CultureInfo.InvariantCulture, $"{_messages} messages in {time.TotalSeconds:0} s; the last one was brought "
            + $"home {(_clock.Elapsed - begun).TotalSeconds:0.0} s after the last delivery"));
    }

    /// <summary>Ends the worker in good order and holds it to the promise.</summary>
    public async Task EndAsync()
    {
        _worker.Terminate();
        Assert.True((await _worker.EndAsync()).ExitCode == 0, $"The worker did not end in good order:\n{Tail()}");
        IReadOnlyList<FoundBlob> blobs = [.. (await _place.Blobs.ReadAsync(_stop))
            .Where(blob => blob.Name.EndsWith(".eml", StringComparison.Ordinal))];
        foreach (var (name, (_, mail)) in _mailboxes)
            mail.AssertDelivered([.. blobs.Where(blob => blob.Name.StartsWith(name + "/", StringComparison.Ordinal))],
                await _place.RowsAsync(name, _stop));
        Assert.Equal(_messages, blobs.Count);

        var log = _worker.Output;
        foreach (var wrong in (string[])["bug in MailIngest", "does not reconcile", "Unobserved", "   at MailIngest."])
            Assert.False(log.Contains(wrong, StringComparison.OrdinalIgnoreCase), $"The log says \"{wrong}\":\n{Tail()}");
        var polls = PollLines.AssertBalanced(log);
        Assert.NotEqual(0, polls);
        Say($"0 lost, 0 twice of {_messages}; {polls} polls moved mail, each reconciled");

        foreach (var minute in _resident.GroupBy(sample => (int)sample.At.TotalMinutes))
            Say(string.Create(CultureInfo.InvariantCulture, $"minute {minute.Key}: RSS {Median(minute) >> 20} MiB"));
        if (_resident[^1].At > TimeSpan.FromMinutes(5))
        {
            var early = Median(_resident.Where(sample => sample.At.TotalMinutes is >= 2 and < 4));
            var late = Median(_resident.Where(sample => sample.At > _resident[^1].At - TimeSpan.FromMinutes(2)));
            Assert.True(late < early * 1.25, $"The worker grew from {early >> 20} to {late >> 20} MiB.");
        }
    }

    async Task DeliverAsync(TimeSpan until)
    {
        using var timer = new PeriodicTimer(BetweenMessages);
        while (_clock.Elapsed < until && await timer.WaitForNextTickAsync(_stop))
        {
            lock (_mailboxes)
            {
                var (_, mail) = _mailboxes.Values.ElementAt(_random.Next(_mailboxes.Count));
                var octets = _random.Next(100) switch { < 90 => 2_000, < 99 => 50_000, _ => 1_000_000 };
                mail.Put(string.Create(CultureInfo.InvariantCulture, $"mail{_messages}"), SampleMail.Make(++_messages, octets));
            }
        }
    }

    async Task DisturbAsync(TimeSpan until)
    {
        Func<Task>[] disturbances = [RestartDovecotAsync, BreakAsync, RemoveAsync, RestartAzuriteAsync, AddAsync, ChangeAsync];
        using var timer = new PeriodicTimer(BetweenDisturbances);
        for (var turn = 0; _clock.Elapsed < until && await timer.WaitForNextTickAsync(_stop); turn++)
            await disturbances[turn % disturbances.Length]();
    }

    async Task RestartDovecotAsync()
    {
        await _dovecot.StopAsync();
        await Task.Delay(Outage, _stop);
        await _dovecot.StartAgainAsync(_stop);
        Say($"{_clock.Elapsed:mm\\:ss} Dovecot was restarted");
    }

    async Task RestartAzuriteAsync()
    {
        await _azurite.StopAsync();
        await Task.Delay(Outage, _stop);
        await _azurite.StartAgainAsync(_stop);
        Say($"{_clock.Elapsed:mm\\:ss} Azurite was restarted");
    }

    Task BreakAsync()
    {
        var name = Any();
        _place.WriteMailbox(name, "{ \"host\": ");
        Say($"{_clock.Elapsed:mm\\:ss} {name} was broken");
        return Task.CompletedTask;
    }

    Task RemoveAsync()
    {
        foreach (var broken in _mailboxes.Keys)
            Write(broken);
        var name = Any();
        File.Delete(_place.MailboxFile(name));
        Say($"{_clock.Elapsed:mm\\:ss} {name} was removed");
        return Task.CompletedTask;
    }

    Task AddAsync()
    {
        foreach (var removed in _mailboxes.Keys)
            Write(removed);
        var name = string.Create(CultureInfo.InvariantCulture, $"late{_mailboxes.Count + 1:00}");
        lock (_mailboxes)
            Add(name);
        Say($"{_clock.Elapsed:mm\\:ss} {name} was added");
        return Task.CompletedTask;
    }

    Task ChangeAsync()
    {
        var name = Any();
        Write(name, new() { ["every"] = "3s", ["commitEvery"] = 3 });
        Say($"{_clock.Elapsed:mm\\:ss} {name} was changed");
        return Task.CompletedTask;
    }

    async Task WatchAsync(TimeSpan until)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        while (_clock.Elapsed < until && await timer.WaitForNextTickAsync(_stop))
            _resident.Add((_clock.Elapsed, ProcessFigures.Resident(_worker.Id)));
    }

    string Any() => _mailboxes.Keys.ElementAt(_random.Next(_mailboxes.Count));

    void Add(string name)
    {
        var maildrop = _dovecot.NewMaildrop();
        _mailboxes.Add(name, (maildrop, new Consignment(maildrop)));
        Write(name);
    }

    void Write(string name, JsonObject? changes = null)
    {
        var mailbox = new JsonObject { ["every"] = "2s", ["connectTimeout"] = "5s", ["timeout"] = "10s" };
        foreach (var (key, value) in changes ?? [])
            mailbox[key] = value?.DeepClone();
        _place.AddMailbox(name, _dovecot, _mailboxes[name].Maildrop, Transport.Plaintext, mailbox);
    }

    static long Median(IEnumerable<(TimeSpan At, long Octets)> samples)
    {
        var sorted = samples.Select(sample => sample.Octets).Order().ToList();
        return sorted[sorted.Count / 2];
    }

    string Tail() => string.Join('\n', _worker.Output.Split('\n').TakeLast(60));

    public async ValueTask DisposeAsync()
    {
        if (_worker is not null)
            await _worker.DisposeAsync();
        if (_azurite is not null)
            await _azurite.DisposeAsync();
        if (_dovecot is not null)
            await _dovecot.DisposeAsync();
        _place?.Dispose();
    }
}
