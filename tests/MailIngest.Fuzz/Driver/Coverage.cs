using System.Runtime.InteropServices;

namespace MailIngest.Fuzz.Driver;

/// <summary>
/// Which edges of the instrumented code an execution took, and how often: the map that SharpFuzz's instrumentation counts into,
/// with AFL's classes of counts (1, 2, 3, 4-7, 8-15, 16-31, 32-127, more). One for each process: the instrumentation is static.
/// </summary>
static unsafe class Coverage
{
    public const int MapSize = 1 << 16;

    static readonly byte* Map = (byte*)NativeMemory.AllocZeroed(MapSize);
    static readonly byte[] Classes = [.. Enumerable.Range(0, 256).Select(ClassOf)];

    /// <summary>Forgets the last execution.</summary>
    public static void Begin()
    {
        SharpFuzz.Common.Trace.SharedMem = Map;
        SharpFuzz.Common.Trace.PrevLocation = 0;
        new Span<byte>(Map, MapSize).Clear();
    }

    /// <summary>Adds what the last execution took to what was seen before; true when there was something new.</summary>
    public static bool AddTo(byte[] seen) => Walk(seen, null);

    /// <summary>Whether the last execution took anything that was not seen before.</summary>
    public static bool IsNew(byte[] seen)
    {
        var map = new ReadOnlySpan<byte>(Map, MapSize);
        for (var at = map.IndexOfAnyExcept((byte)0); at >= 0;)
        {
            if ((seen[at] & Classes[map[at]]) == 0) return true;
            var next = map[(at + 1)..].IndexOfAnyExcept((byte)0);
            at = next < 0 ? -1 : at + 1 + next;
        }
        return false;
    }

    /// <summary>The edges that the last execution took.</summary>
    public static List<int> Edges()
    {
        var edges = new List<int>();
        Walk(null, edges);
        return edges;
    }

    public static int Count(byte[] seen) => seen.Length - seen.AsSpan().Count((byte)0);

    static bool Walk(byte[]? seen, List<int>? edges)
    {
        var isNew = false;
        var map = new ReadOnlySpan<byte>(Map, MapSize);
        for (var at = map.IndexOfAnyExcept((byte)0); at >= 0;)
        {
            edges?.Add(at);
            if (seen is not null)
            {
                isNew |= (seen[at] & Classes[map[at]]) == 0;
                seen[at] |= Classes[map[at]];
            }
            var next = map[(at + 1)..].IndexOfAnyExcept((byte)0);
            at = next < 0 ? -1 : at + 1 + next;
        }
        return isNew;
    }

    static byte ClassOf(int count) => count switch
    {
        0 => 0,
        1 => 1,
        2 => 2,
        3 => 4,
        < 8 => 8,
        < 16 => 16,
        < 32 => 32,
        < 128 => 64,
        _ => 128,
    };
}
