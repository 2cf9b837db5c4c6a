using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MailIngest.Simulation.Scheduling;

namespace MailIngest.Simulation;

/// <summary>Everything that happened, one line each: time, who, what. One seed gives one log, octet for octet.</summary>
public sealed class EventLog(Pump pump)
{
    readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines => _lines;

    public void Add(string actor, string what) =>
        _lines.Add(string.Create(CultureInfo.InvariantCulture, $"{pump.Now.TotalSeconds,12:0.000000} {actor,-9} {MemoryFolder.Anonymous(what)}"));

    /// <summary>SHA-256 over all lines.</summary>
    public string Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var line in _lines)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(line));
            hash.AppendData("\n"u8);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The last lines up to the first one of this actor, or up to the end.</summary>
    public string Before(string actor, int lines)
    {
        var end = _lines.FindIndex(line => line.AsSpan(13).StartsWith(actor, StringComparison.Ordinal));
        return string.Join('\n', (end < 0 ? _lines : _lines.Take(end + 1)).TakeLast(lines));
    }

    /// <summary>The last lines, for people.</summary>
    public string Tail(int lines) => string.Join('\n', _lines.TakeLast(lines));
}
