using MailIngest.Blobs;
using MailIngest.Ledger;

namespace MailIngest.Auditing;

/// <summary>
/// Compares the listing of a mailbox's blobs with the ledger's rows while it comes. Of blobs that are as they should be nothing is kept, so
/// that the memory is that of the rows, however many blobs there are.
/// </summary>
public sealed class BlobSurvey
{
    /// <summary>So many strangers are kept to be named; more are only counted.</summary>
    public const int MostStrangers = 10_000;

    readonly Dictionary<string, StoredMessage> _expected = new(StringComparer.Ordinal);
    readonly HashSet<string> _unseen;
    readonly List<string> _wrong = [];
    readonly List<ListedBlob> _strangers = [];

    readonly DateTimeOffset _forgotten;

    /// <param name="rows">Every row of the mailbox.</param>
    /// <param name="forgotten">The ledger has forgotten messages that were gone before then: an older blob without a row is nothing
    /// remarkable.</param>
    public BlobSurvey(IReadOnlyList<LedgerRow> rows, DateTimeOffset forgotten)
    {
        _forgotten = forgotten;
        foreach (var row in rows)
            if (row.Stored is { } stored)
                _expected[stored.BlobName] = stored;
        _unseen = [.. _expected.Keys];
    }

    /// <summary>Blobs listed.</summary>
    public long Blobs { get; private set; }

    /// <summary>Blobs that no row names, and that are too old to say anything about them.</summary>
    public long TooOld { get; private set; }

    /// <summary>Younger blobs that no row names.</summary>
    public long StrangerCount { get; private set; }

    /// <summary>The first of them.</summary>
    public IReadOnlyList<ListedBlob> Strangers => _strangers;

    /// <summary>
    /// Names that rows expect and the listing did not show, or not as they expect it: to be looked at once more before anything is said.
    /// </summary>
    public IEnumerable<string> Suspects => _wrong.Concat(_unseen);

    /// <summary>Whether a row names this blob.</summary>
    public bool Expects(BlobName name) => _expected.ContainsKey(name.Path);

    /// <summary>Takes in one blob.</summary>
    /// <param name="blob">As listed.</param>
    /// <param name="sha256">Its content's hash where it was read; else null.</param>
    public void Add(ListedBlob blob, string? sha256)
    {
        Blobs++;
        if (!_expected.TryGetValue(blob.Name.Path, out var stored))
        {
            if (blob.At < _forgotten)
            {
                TooOld++;
                return;
            }
            StrangerCount++;
            if (_strangers.Count < MostStrangers)
                _strangers.Add(blob);
            return;
        }
        _unseen.Remove(blob.Name.Path);
        if (blob.Octets != stored.Octets || (sha256 ?? blob.Sha256 ?? stored.Sha256) != stored.Sha256)
            _wrong.Add(blob.Name.Path);
    }
}
