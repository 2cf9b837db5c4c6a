namespace MailIngest.Fuzz.Streams;

/// <summary>Takes decisions off the front of an input; the rest is the matter. An input that is over decides zero.</summary>
ref struct Choices(ReadOnlySpan<byte> input)
{
    public ReadOnlySpan<byte> Rest { get; private set; } = input;

    public byte Octet()
    {
        if (Rest.IsEmpty) return 0;
        var octet = Rest[0];
        Rest = Rest[1..];
        return octet;
    }
}

/// <summary>Sizes of pieces: all at once, octet by octet, or by chance up to 7 or 64.</summary>
struct Chunks(byte choice)
{
    Driver.Chance _chance = new(choice);
    readonly int _most = (choice & 3) switch { 0 => int.MaxValue, 1 => 1, 2 => 7, _ => 64 };

    /// <summary>How much of so many to take now; at least one, where there is one.</summary>
    public int Next(int available) => _most == int.MaxValue ? available : Math.Min(available, 1 + _chance.Below(_most));
}
