using System.Collections.Concurrent;
using MailIngest.Ledger;
using MailIngest.Mailboxes;
using MailIngest.Settings;

namespace MailIngest.Status;

/// <summary>
/// Where a running worker notes how it is. Written by the scheduler and its polls, read by the web server. Safe to use from many threads.
/// </summary>
/// <param name="ledger">What lasts is read from here.</param>
/// <param name="storeProblem">Says why the blob store cannot be used, or null: asked without waiting.</param>
/// <param name="clock">Tells the time of every note.</param>
sealed class StatusBoard(UniqueIdLedger ledger, Func<string?> storeProblem, TimeProvider clock)
{
    readonly DateTimeOffset _started = clock.GetUtcNow();
    readonly ConcurrentDictionary<string, int> _polling = new(StringComparer.Ordinal);
    readonly ConcurrentDictionary<string, DateTimeOffset> _next = new(StringComparer.Ordinal);
    long _lastTick = clock.GetUtcNow().UtcTicks;
    Configured _configured = new([], [], clock.GetUtcNow());

    /// <summary>The scheduler is alive.</summary>
    public void Ticked() => Interlocked.Exchange(ref _lastTick, clock.GetUtcNow().UtcTicks);

    /// <summary>When the scheduler was last seen alive.</summary>
    public DateTimeOffset LastTick => new(Interlocked.Read(ref _lastTick), TimeSpan.Zero);

    /// <summary>The mailboxes in force, disabled ones too, and what is wrong in their files now.</summary>
    public void Configure(IReadOnlyList<Mailbox> mailboxes, IReadOnlyList<ConfigProblem> problems)
    {
        var now = clock.GetUtcNow();
        _configured = new(
            [.. mailboxes.OrderBy(mailbox => mailbox.Id, StringComparer.Ordinal)], problems,
            problems.Count == 0 ? now : _configured.LastReload);
    }

    /// <summary>A poll begins.</summary>
    public void Polling(string mailbox) => _polling.AddOrUpdate(mailbox, 1, (_, polls) => polls + 1);

    /// <summary>It has ended.</summary>
    public void Polled(string mailbox) => _polling.AddOrUpdate(mailbox, 0, (_, polls) => polls - 1);

    /// <summary>When the mailbox is due next.</summary>
    public void Due(string mailbox, DateTimeOffset next) => _next[mailbox] = next;

    /// <summary>How the worker is now. Never throws for a ledger that fails: that is part of the status.</summary>
    public async Task<WorkerStatus> ReadAsync(CancellationToken stop)
    {
        var (mailboxes, problems, lastReload) = _configured;
        var now = clock.GetUtcNow();
        IReadOnlyList<MailboxStatus> states = [];
        string? ledgerProblem = null;
        try
        {
            var traits = await ledger.ReadAllTraitsAsync(stop);
            var unstored = await ledger.ReadUnstoredAsync(stop);
            states = [.. mailboxes.Select(mailbox => MailboxStatus.Of(
                mailbox, traits.GetValueOrDefault(mailbox.Id) ?? new(), unstored.GetValueOrDefault(mailbox.Id) ?? Unstored.None,
                _polling.GetValueOrDefault(mailbox.Id) > 0, problems.FirstOrDefault(problem => problem.File == mailbox.File)?.ToString(),
                _next.TryGetValue(mailbox.Id, out var next) ? next : null, now))];
        }
        catch (LedgerException failure)
        {
            ledgerProblem = failure.Message;
        }
        return new(now, _started, LastTick, lastReload, problems, storeProblem(), ledgerProblem, states);
    }

    sealed record Configured(IReadOnlyList<Mailbox> Mailboxes, IReadOnlyList<ConfigProblem> Problems, DateTimeOffset LastReload);
}
