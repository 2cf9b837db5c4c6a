using System.Globalization;

namespace MailIngest.Simulation.Exhaustion;

/// <summary>One fault: the effect that goes wrong, counted from the beginning of the act, and how.</summary>
sealed record Blow(int Number, Strike Way)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Number} {Way}");

    public static Blow Parse(string text)
    {
        var words = text.Trim().Split(' ');
        return new(int.Parse(words[0], CultureInfo.InvariantCulture), Enum.Parse<Strike>(words[1]));
    }

    /// <summary>Every blow that can strike there.</summary>
    public static IEnumerable<Blow> At(int number, EffectKind kind) => WaysOf(kind).Select(way => new Blow(number, way));

    /// <summary>The ways in which an effect can go wrong, each of which is another one.</summary>
    static Strike[] WaysOf(EffectKind kind) => kind switch
    {
        // A connection is there or not: nothing is half way, and after silence nobody knows whether it was there.
        EffectKind.Connect => [Strike.Before, Strike.After, Strike.Hang, Strike.Cancel, Strike.Kill],
        // A query has no effect: it makes no difference whether it stands still before or after.
        EffectKind.LedgerOpen or EffectKind.LedgerRead => [Strike.Before, Strike.After, Strike.Hang, Strike.Cancel, Strike.Kill],
        // A statement happens whole or not at all, and so does a look.
        EffectKind.LedgerBegin or EffectKind.LedgerWrite or EffectKind.LedgerCommit or EffectKind.Head =>
            [Strike.Before, Strike.After, Strike.Hang, Strike.HangAfter, Strike.Cancel, Strike.Kill],
        _ => [Strike.Before, Strike.After, Strike.Half, Strike.Hang, Strike.HangAfter, Strike.Cancel, Strike.Kill],
    };
}
