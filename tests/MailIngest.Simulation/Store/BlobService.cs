using System.Security.Cryptography;

namespace MailIngest.Simulation.Store;

/// <summary>The container as the service holds it: blobs, and blocks that nobody has committed. It outlives every worker.</summary>
sealed class BlobService
{
    readonly Dictionary<string, Blob> _blobs = new(StringComparer.Ordinal);
    readonly Dictionary<string, Dictionary<string, byte[]>> _blocks = new(StringComparer.Ordinal);

    /// <summary>Told of each blob that becomes visible.</summary>
    public Action<string, Blob>? Created { get; set; }

    public IReadOnlyDictionary<string, Blob> Blobs => _blobs;

    public Blob? Find(string name) => _blobs.GetValueOrDefault(name);

    public void Stage(string name, string id, byte[] octets)
    {
        if (!_blocks.TryGetValue(name, out var blocks))
            _blocks[name] = blocks = new(StringComparer.Ordinal);
        blocks[id] = octets;
    }

    /// <summary>What the blocks are together; null when one of them was never staged.</summary>
    public byte[]? Assemble(string name, IReadOnlyList<string> ids)
    {
        if (!_blocks.TryGetValue(name, out var blocks) || !ids.All(blocks.ContainsKey))
            return null;
        return [.. ids.SelectMany(id => blocks[id])];
    }

    /// <summary>Makes a blob visible; what had the name is overwritten, as a service without conditions does.</summary>
    public void Put(string name, byte[] octets, IReadOnlyDictionary<string, string> metadata)
    {
        var blob = new Blob(octets, metadata, Convert.ToHexStringLower(SHA256.HashData(octets)));
        _blobs[name] = blob;
        _blocks.Remove(name);
        Created?.Invoke(name, blob);
    }

    /// <summary>Another hand takes a blob away.</summary>
    public void Remove(string name) => _blobs.Remove(name);

    public sealed record Blob(byte[] Octets, IReadOnlyDictionary<string, string> Metadata, string Sha256);
}
