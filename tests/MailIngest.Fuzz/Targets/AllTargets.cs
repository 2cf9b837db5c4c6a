using System.Runtime.CompilerServices;
using MailIngest.Fuzz.Driver;

namespace MailIngest.Fuzz.Targets;

/// <summary>Everything that is fuzzed.</summary>
static class AllTargets
{
    // Not inlined: whoever names a target loads the assemblies under test, which are instrumented before.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static IReadOnlyList<Target> New() =>
    [
        new ReplyTarget(), new ListingTarget(), new MaildropTarget(), new MessageTarget(), new SignInTarget(), new SessionTarget(),
        new ServerTarget(), new SaslTarget(), new ConfigTarget(), new HeaderTarget(), new NameTarget(),
    ];
}
