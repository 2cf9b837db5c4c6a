namespace MailIngest.Settings;

/// <summary>
/// What the keys of a configuration file may hold, as the binder asked for them: the one source of the JSON Schema that editors use.
/// </summary>
public sealed class ConfigShape
{
    readonly List<ConfigKey> _keys = [];
    readonly HashSet<string> _names = new(StringComparer.Ordinal);
    readonly List<ConfigRule> _rules = [];

    /// <summary>The keys, dotted where they stand in a section, in the order of asking.</summary>
    public IReadOnlyList<ConfigKey> Keys => _keys;

    /// <summary>What holds between keys.</summary>
    public IReadOnlyList<ConfigRule> Rules => _rules;

    /// <summary>The first to ask for a key says what it holds.</summary>
    internal void Ask(ConfigKey key)
    {
        if (_names.Add(key.Name))
            _keys.Add(key);
    }

    internal void Add(ConfigRule rule) => _rules.Add(rule);
}

/// <summary>One key: what it may hold.</summary>
/// <param name="Name">Dotted where it stands in a section.</param>
public sealed record ConfigKey(string Name, ConfigKind Kind)
{
    /// <summary>What it is when it is absent, as it would be written: bool, int, long or string; null: nothing.</summary>
    public object? Default { get; init; }

    /// <summary>The least and the most: numbers of a <see cref="ConfigKind.Count"/> and a <see cref="ConfigKind.Size"/>, texts of a
    /// <see cref="ConfigKind.Duration"/>.</summary>
    public (object? Least, object? Most) Bounds { get; init; }

    /// <summary>The words of a <see cref="ConfigKind.Choice"/>.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];
}

/// <summary>What kind of value a key holds.</summary>
public enum ConfigKind
{
    /// <summary>Text that is not empty.</summary>
    Text,

    /// <summary>Text, or a list of texts.</summary>
    Texts,

    /// <summary>true or false.</summary>
    Flag,

    /// <summary>A whole number.</summary>
    Count,

    /// <summary>As <see cref="ConfigDuration"/> reads it.</summary>
    Duration,

    /// <summary>As <see cref="ConfigSize"/> reads it, or a number of octets.</summary>
    Size,

    /// <summary>One of a few words.</summary>
    Choice,

    /// <summary>An object with keys of its own.</summary>
    Section,
}

/// <summary>What holds between the keys of one object.</summary>
/// <param name="Section">The object, as a prefix: empty, or with a dot at its end.</param>
/// <param name="Keys">The keys, without the prefix.</param>
public sealed record ConfigRule(string Section, ConfigRuleKind Kind, IReadOnlyList<string> Keys)
{
    /// <summary>Only where this key holds this word.</summary>
    public (string Key, string Word)? When { get; init; }

    /// <summary>Not where this key holds this word.</summary>
    public (string Key, string Word)? Unless { get; init; }
}

/// <summary>What a rule asks for.</summary>
public enum ConfigRuleKind
{
    /// <summary>All of the keys.</summary>
    All,

    /// <summary>At least one of them.</summary>
    Any,

    /// <summary>Not two of them.</summary>
    NotTwo,

    /// <summary>None of them.</summary>
    None,

    /// <summary>The second where the first is.</summary>
    FirstNeedsSecond,
}
