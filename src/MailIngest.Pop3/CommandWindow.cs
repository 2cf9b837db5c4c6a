using System.Diagnostics.CodeAnalysis;

namespace MailIngest.Pop3;

/// <summary>
/// The commands that were sent and not yet answered, in order, and whether one more may join them. Answers come in the order
/// of the commands (RFC 2449 §6.6).
/// </summary>
sealed class CommandWindow(int maxCommands, long maxOctets)
{
    readonly Queue<(Command Command, long Octets)> _unanswered = new();
    long _octets;

    public int Outstanding => _unanswered.Count;

    /// <summary>Commands that may be outstanding at once; 1 is lock-step.</summary>
    public int MaxCommands { get; set; } = maxCommands;

    /// <summary>One is always admitted, however large its answer.</summary>
    public bool Admits(long answerOctets) =>
        _unanswered.Count == 0 || (_unanswered.Count < MaxCommands && answerOctets <= maxOctets - _octets);

    public void Add(Command command, long answerOctets)
    {
        _unanswered.Enqueue((command, answerOctets));
        _octets += answerOctets;
    }

    /// <summary>The command that the next answer belongs to.</summary>
    public Command TakeAnswered()
    {
        var (command, answerOctets) = _unanswered.Dequeue();
        _octets -= answerOctets;
        return command;
    }

    public bool TryPeek([MaybeNullWhen(false)] out Command command)
    {
        var any = _unanswered.TryPeek(out var first);
        command = first.Command;
        return any;
    }
}
