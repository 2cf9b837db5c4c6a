namespace MailIngest.SystemTests.Faults;

/// <summary>One system call as strace saw it: its text with its result, and the lines of the trace on which it began and ended.</summary>
internal sealed record SystemCall(string Text, int Begun, int Ended)
{
    const string Unfinished = "<unfinished ...>", Resumed = "resumed>";

    public bool Is(params string[] names) => names.Any(name => Text.StartsWith(name + "(", StringComparison.Ordinal));

    /// <summary>Whether its descriptor is of this file or folder.</summary>
    public bool IsOn(string path) => Text.Contains($"<{path}>", StringComparison.Ordinal);

    public bool Says(string text) => Text.Contains(text, StringComparison.Ordinal);

    public bool Succeeded => !Says(") = -1") && !Says(") = ?");

    /// <summary>Its n-th argument in quotes, from 0.</summary>
    public string Quoted(int n) => Text.Split('"')[(2 * n) + 1];

    /// <summary>The calls of all threads, in the order in which they ended. A call that another thread interrupts takes two lines.</summary>
    public static IReadOnlyList<SystemCall> ReadAll(string file)
    {
        var calls = new List<SystemCall>();
        var begun = new Dictionary<string, SystemCall>();
        var lines = File.ReadAllLines(file);
        for (var at = 0; at < lines.Length; at++)
        {
            var thread = lines[at].Split(' ')[0];
            var text = lines[at][thread.Length..].Trim();
            if (text.EndsWith(Unfinished, StringComparison.Ordinal))
                begun[thread] = new(text[..^Unfinished.Length], at, at);
            else if (text.StartsWith("<... ", StringComparison.Ordinal) && begun.Remove(thread, out var first))
                calls.Add(first with { Text = first.Text + text[(text.IndexOf(Resumed, StringComparison.Ordinal) + Resumed.Length)..], Ended = at });
            else
                calls.Add(new(text, at, at));
        }
        return calls;
    }
}
