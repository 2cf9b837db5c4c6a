extern alias worker;

using MailIngest.SystemTests.Corpus;
using MailIngest.SystemTests.Servers;
using worker::MailIngest.Auditing;
using worker::MailIngest.Ledger;
using Xunit;

namespace MailIngest.SystemTests.Worker;

/// <summary>
/// Messages delivered into one maildrop, and their <see cref="History"/> as it is seen between two runs of the worker: never lost, never
/// twice, never forged.
/// </summary>
/// <remarks>
/// What one run did in which order is not seen here: a blob that is there and a message that is not count as stored and then removed.
/// <c>DurableOrderTests</c> sees the order, and a worker that is killed in between leaves it to be seen.
/// </remarks>
internal sealed class Consignment(IServedMaildrop maildrop)
{
    readonly List<string> _labels = [];
    readonly List<string> _refused = [];
    readonly HashSet<string> _gone = [];
    readonly Dictionary<string, string> _blobs = new(StringComparer.Ordinal);

    // The servers here tell equal messages apart: each is stored for itself.
    readonly History _history = new() { EqualsShareBlobs = false };

    /// <summary>The labels of the messages that must stay on the server.</summary>
    public IReadOnlyList<string> Refused => _refused;

    public int Sound => _labels.Count - _refused.Count;

    /// <summary>Delivers a row of the corpus.</summary>
    public void Put(NastyMessage message)
    {
        var file = message.File();
        maildrop.Put(message.Label, file, message.Sizes);
        if (message.Fate == Fate.Stored)
            Accept(message.Label, Wire.Sha256(Wire.Received(file)));
        else
        {
            _refused.Add(message.Label);
            Accept(message.Label, "nothing that this server sends is the message");
        }
    }

    /// <summary>Delivers a sound message.</summary>
    public void Put(string label, byte[] file)
    {
        maildrop.Put(label, file);
        Accept(label, Wire.Sha256(Wire.Received(file)));
    }

    /// <summary>
    /// Holds at any time, whatever has failed: each blob is one of the messages, none is there twice, and what has left the
    /// maildrop is a blob. With rows, of a ledger that no worker has open: each is backed by its blob, and none went back.
    /// </summary>
    public void AssertPromise(IReadOnlyList<FoundBlob> blobs, IReadOnlyList<LedgerRow>? rows = null)
    {
        See(blobs, rows ?? []);
        Assert.Empty(_history.Violations);
    }

    /// <summary>The end of the work: every sound message is stored once, and the maildrop holds exactly what had to be refused.</summary>
    public void AssertDelivered(IReadOnlyList<FoundBlob> blobs, IReadOnlyList<LedgerRow>? rows = null)
    {
        See(blobs, rows ?? []);
        Assert.Empty(_history.Settle(_refused.Contains));
        Assert.Equal(_refused, maildrop.Left);
    }

    /// <summary>Nothing was taken from the server.</summary>
    public void AssertUntouched() => Assert.Equal(_labels.Count, maildrop.Left.Count);

    void Accept(string label, string sha256)
    {
        _labels.Add(label);
        _history.Add(new HistoryEvent.Accepted(label, sha256));
    }

    void See(IReadOnlyList<FoundBlob> blobs, IReadOnlyList<LedgerRow> rows)
    {
        foreach (var destroyed in _blobs.Keys.Except(blobs.Select(blob => blob.Name)).ToList())
        {
            _blobs.Remove(destroyed);
            _history.Add(new HistoryEvent.Destroyed(destroyed, ByUs: true));
        }
        foreach (var blob in blobs.Where(blob => _blobs.GetValueOrDefault(blob.Name) != blob.Sha256))
        {
            _blobs[blob.Name] = blob.Sha256;
            _history.Add(new HistoryEvent.Created(blob.Name, blob.Sha256));
        }
        var left = maildrop.Left.ToHashSet();
        foreach (var label in _labels.Where(label => !left.Contains(label) && _gone.Add(label)))
            _history.Add(new HistoryEvent.Removed(label, ByUs: true));
        foreach (var row in rows)
            _history.Add(HistoryEvent.Recorded.Of(row));
    }
}
