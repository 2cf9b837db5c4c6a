using System.Diagnostics;

namespace MailIngest.Fuzz.Driver;

/// <summary>Executes a target with an input, measures it, and says what was wrong.</summary>
sealed class Judge(Target target)
{
    /// <summary>
    /// Nothing that these inputs ask for takes longer. Measured by the wall, so a slow run is repeated before it is believed.
    /// </summary>
    public static readonly TimeSpan HangLimit = TimeSpan.FromMilliseconds(200);

    /// <summary>Nothing that is under way for so long will end: the process is given up.</summary>
    static readonly TimeSpan EndlessLimit = TimeSpan.FromSeconds(20);

    static readonly TimeSpan WorthALook = HangLimit / 10;

    const int Repeats = 3;

    byte[] _current = [];
    int _currentLength;
    long _begun;

    public long Executions { get; private set; }

    public TimeSpan Slowest { get; private set; }

    public long LargestAllocation { get; private set; }

    /// <summary>One execution; null when nothing was wrong. What it took is in <see cref="Coverage"/>.</summary>
    public Finding? Execute(ReadOnlySpan<byte> input)
    {
        var (flaw, took, allocated) = Measure(input);
        if (flaw is null && (took > WorthALook || allocated > target.AllocationLimit(input.Length)))
        {
            // The first one pays for compiling, for pools that were emptied, for another process on the core.
            for (var repeat = 0; repeat < Repeats && flaw is null; repeat++)
            {
                var again = Measure(input);
                (flaw, took, allocated) = (again.Flaw, again.Took < took ? again.Took : took, Math.Min(again.Allocated, allocated));
            }
        }
        if (took > Slowest) Slowest = took;
        LargestAllocation = Math.Max(LargestAllocation, allocated);

        if (flaw is OracleException) return Found(FlawKind.Oracle, input, flaw.Message, flaw.Message.Split(':', '"')[0]);
        if (flaw is not null)
            return Found(FlawKind.Crash, input, flaw.ToString(), $"{flaw.GetType().Name} {new StackTrace(flaw).GetFrame(0)?.GetMethod()}");
        if (took > HangLimit) return Found(FlawKind.Hang, input, $"took {took.TotalMilliseconds:0} ms", "");
        var limit = target.AllocationLimit(input.Length);
        return allocated <= limit ? null
            : Found(FlawKind.Allocation, input, $"allocated {allocated} octets, the limit for {input.Length} is {limit}", "");
    }

    /// <summary>Watches from another thread; an execution without end is written out, and the process ends.</summary>
    public Timer Watch() => new(_ =>
    {
        if (Volatile.Read(ref _begun) is var begun and not 0 && Stopwatch.GetElapsedTime(begun) > EndlessLimit)
            Environment.FailFast($"{target.Name} has no end with {Convert.ToHexString(_current.AsSpan(0, _currentLength))}");
    }, null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));

    (Exception? Flaw, TimeSpan Took, long Allocated) Measure(ReadOnlySpan<byte> input)
    {
        if (_current.Length < input.Length) _current = new byte[Math.Max(4096, input.Length)];
        input.CopyTo(_current);
        _currentLength = input.Length;

        Exception? flaw = null;
        Coverage.Begin();
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var begun = Stopwatch.GetTimestamp();
        Volatile.Write(ref _begun, begun);
        try
        {
            target.Run(input);
        }
        catch (Exception e)
        {
            flaw = e;
        }
        Volatile.Write(ref _begun, 0);
        Executions++;
        return (flaw, Stopwatch.GetElapsedTime(begun), GC.GetAllocatedBytesForCurrentThread() - allocated);
    }

    Finding Found(FlawKind kind, ReadOnlySpan<byte> input, string sentence, string signature) =>
        new(target.Name, kind, input.ToArray(), sentence) { Signature = $"{target.Name} {kind} {signature}" };
}
