using System.Diagnostics.CodeAnalysis;

namespace MailIngest.Pop3;

/// <summary>
/// The commands that were sent and not yet answered, in order, and whether one more may join them. Answers come in the order
/// of the commands (RFC 2449 §6.6).
/// </summary>
sealed class CommandWindow(int maxCommands, long maxOctets)
{
    readonly Queue<(Command Command, long Octets)> unanswered = new();
    long octets;

    public int Outstanding => unanswered.Count;

    /// <summary>Commands that may be outstanding at once; 1 is lock-step.</summary>
    public int MaxCommands { get; set; } = maxCommands;

    /// <summary>One is always admitted, however large its answer.</summary>
    public bool Admits(long answerOctets) =>
        unanswered.Count == 0 || (unanswered.Count < MaxCommands && answerOctets <= maxOctets - octets);

    public void Add(Command command, long answerOctets)
    {
        unanswered.Enqueue((command, answerOctets));
        octets += answerOctets;
    }

    /// <summary>The command that the next answer belongs to.</summary>
    public Command TakeAnswered()
    {
        var (command, answerOctets) = unanswered.Dequeue();
        octets -= answerOctets;
        return command;
    }

    public bool TryPeek([MaybeNullWhen(false)] out Command command)
    {
        var any = unanswered.TryPeek(out var first);
        command = first.Command;
        return any;
    }
}
