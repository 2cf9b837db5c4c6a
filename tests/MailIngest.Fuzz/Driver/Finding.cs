namespace MailIngest.Fuzz.Driver;

/// <summary>What kind of flaw an execution showed.</summary>
enum FlawKind
{
    /// <summary>An exception that nobody documented.</summary>
    Crash,

    /// <summary>An oracle was contradicted.</summary>
    Oracle,

    /// <summary>It took longer than <see cref="Judge.HangLimit"/>.</summary>
    Hang,

    /// <summary>It allocated more than the target's limit.</summary>
    Allocation,
}

/// <summary>An input that shows a flaw, and what the flaw is.</summary>
sealed record Finding(string Target, FlawKind Kind, byte[] Input, string Sentence)
{
    /// <summary>Two findings with one signature are one flaw: the exception and where it was thrown.</summary>
    public required string Signature { get; init; }

    public override string ToString() =>
        $"{Target}: {Kind}: {Sentence}\n  input ({Input.Length} octets): {EscapedText.Of(Input)}\n  hex: {Convert.ToHexString(Input)}";
}
