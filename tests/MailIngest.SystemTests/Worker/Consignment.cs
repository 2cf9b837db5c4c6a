using MailIngest.SystemTests.Corpus;
using MailIngest.SystemTests.Servers;
using Xunit;

namespace MailIngest.SystemTests.Worker;

/// <summary>Messages delivered into one maildrop, and what holds of them at any time: never lost, never twice, never forged.</summary>
internal sealed class Consignment(IServedMaildrop maildrop)
{
    readonly List<(string Label, string Sha256)> _sound = [];
    readonly List<string> _refused = [];

    /// <summary>The labels of the messages that must stay on the server.</summary>
    public IReadOnlyList<string> Refused => _refused;

    public int Sound => _sound.Count;

    /// <summary>Delivers a row of the corpus.</summary>
    public void Put(NastyMessage message)
    {
        var file = message.File();
        maildrop.Put(message.Label, file, message.Sizes);
        if (message.Fate == Fate.Stored)
            _sound.Add((message.Label, Wire.Sha256(Wire.Received(file))));
        else
            _refused.Add(message.Label);
    }

    /// <summary>Delivers a sound message.</summary>
    public void Put(string label, byte[] file)
    {
        maildrop.Put(label, file);
        _sound.Add((label, Wire.Sha256(Wire.Received(file))));
    }

    /// <summary>
    /// Holds at any time, whatever has failed: each blob is one of the messages, none is there twice, and what has left the
    /// maildrop is a blob.
    /// </summary>
    public void AssertPromise(IReadOnlyList<FoundBlob> blobs)
    {
        var unstored = _sound.ToList();
        foreach (var blob in blobs)
        {
            var at = unstored.FindIndex(message => message.Sha256 == blob.Sha256);
            Assert.True(at >= 0, $"{blob.Name} ({blob.Octets} octets) is stored twice, or is no message that was delivered.");
            unstored.RemoveAt(at);
        }
        // Messages with equal octets stand for each other: count them by their hash.
        var left = maildrop.Left.ToHashSet();
        foreach (var same in _sound.GroupBy(message => message.Sha256))
        {
            var gone = same.Count(message => !left.Contains(message.Label));
            var stored = blobs.Count(blob => blob.Sha256 == same.Key);
            Assert.True(gone <= stored, $"{same.First().Label} is lost: {gone} gone from the server, {stored} stored.");
        }
        Assert.All(_refused, label => Assert.Contains(label, left));
    }

    /// <summary>The end of the work: every sound message is stored once, and the maildrop holds exactly what had to be refused.</summary>
    public void AssertDelivered(IReadOnlyList<FoundBlob> blobs)
    {
        AssertPromise(blobs);
        Assert.Equal(_refused, maildrop.Left);
        Assert.Equal(_sound.Select(message => message.Sha256).Order(), blobs.Select(blob => blob.Sha256).Order());
    }

    /// <summary>Nothing was taken from the server.</summary>
    public void AssertUntouched() => Assert.Equal(_sound.Count + _refused.Count, maildrop.Left.Count);
}
