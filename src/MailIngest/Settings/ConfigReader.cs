namespace MailIngest.Settings;

/// <summary>
/// Reads one object of a configuration file key by key. A refused value is reported and read as its default, so reading goes on to
/// the next problem. Every key asked for is a known key; <see cref="RefuseUnknownKeys"/> reports the others.
/// </summary>
public sealed class ConfigReader
{
    /// <summary>Tells an editor which JSON Schema the file follows. It may stand in every file and says nothing to us.</summary>
    public const string SchemaKey = "$schema";

    readonly ConfigDocument _document;
    readonly ConfigObject _node;
    readonly ConfigReport _report;
    readonly string _prefix;
    readonly ConfigShape _shape;

    public ConfigReader(ConfigDocument document, ConfigReport report) : this(document, document.Root, report, "", new()) { }

    ConfigReader(ConfigDocument document, ConfigObject node, ConfigReport report, string prefix, ConfigShape shape) =>
        (_document, _node, _report, _prefix, _shape) = (document, node, report, prefix, shape);

    public ConfigDocument Document => _document;

    /// <summary>The keys asked for so far in the whole file, dotted, in the order of asking.</summary>
    public IReadOnlyList<string> KnownKeys => [.. _shape.Keys.Select(key => key.Name)];

    /// <summary>What the keys asked for so far may hold.</summary>
    public ConfigShape Shape => _shape;

    public bool Has(string key) => _node.Members.ContainsKey(key);

    public bool IsText(string key) => _node.Members.GetValueOrDefault(key) is { Value: ConfigText };

    /// <summary>Text that is not empty; null when absent or refused.</summary>
    public string? Text(string key)
    {
        switch (Take(key, new(_prefix + key, ConfigKind.Text)))
        {
            case null: return null;
            case ConfigText { Value: "" }: Problem(key, "is empty; write a value or remove the key"); return null;
            case ConfigText text when text.Value.Any(char.IsControl): Problem(key, "holds a control character; remove it"); return null;
            case ConfigText text: return text.Value;
            case var other: Problem(key, $"must be text in double quotes, not {other}"); return null;
        }
    }

    /// <summary>Text that must be there; <paramref name="remedy"/> says what to write. Empty when refused.</summary>
    public string RequiredText(string key, string remedy)
    {
        Require(key, remedy);
        return Text(key) ?? "";
    }

    /// <summary>Reports a key that is not there; <paramref name="remedy"/> says what to write.</summary>
    public void Require(string key, string remedy)
    {
        Rule(ConfigRuleKind.All, key);
        if (!Has(key)) Problem(key, $"is missing; {remedy}");
    }

    /// <summary>Notes what holds between keys of this object. Whoever notes it also checks it, with words for what was meant.</summary>
    public void Rule(ConfigRuleKind kind, params string[] keys) => _shape.Add(new(_prefix, kind, keys));

    /// <summary>As <see cref="Rule"/>, only where <paramref name="key"/> holds <paramref name="word"/>.</summary>
    public void RuleWhen(string key, string word, ConfigRuleKind kind, params string[] keys) =>
        _shape.Add(new(_prefix, kind, keys) { When = (key, word) });

    /// <summary>As <see cref="Rule"/>, everywhere but where <paramref name="key"/> holds <paramref name="word"/>.</summary>
    public void RuleUnless(string key, string word, ConfigRuleKind kind, params string[] keys) =>
        _shape.Add(new(_prefix, kind, keys) { Unless = (key, word) });

    /// <summary>A path, absolute; relative ones start at the folder of the file that names them. Null when absent or refused.</summary>
    public string? Path(string key)
    {
        if (Text(key) is not { } path) return null;
        if (!path.StartsWith("~/", StringComparison.Ordinal)) return System.IO.Path.GetFullPath(path, Folder);
        Problem(key, "starts with ~, which only a shell expands; write the whole path");
        return null;
    }

    /// <summary>As <see cref="Path(string)"/>, with a path for when it is absent or refused.</summary>
    public string Path(string key, string fallback)
    {
        _shape.Ask(new(_prefix + key, ConfigKind.Text) { Default = fallback });
        return Path(key) ?? System.IO.Path.GetFullPath(fallback, Folder);
    }

    /// <summary>The folder of the file: where relative paths start.</summary>
    public string Folder => System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(_document.File))!;

    /// <summary>Text or a list of texts; empty when absent or refused.</summary>
    public IReadOnlyList<string> Texts(string key, string what)
    {
        switch (Take(key, new(_prefix + key, ConfigKind.Texts)))
        {
            case null: return [];
            case ConfigText { Value.Length: > 0 } text: return [text.Value];
            case ConfigList { Items.Count: > 0 } list when list.Items.All(item => item is ConfigText { Value.Length: > 0 }):
                return [.. list.Items.Cast<ConfigText>().Select(item => item.Value)];
            case ConfigText or ConfigList: Problem(key, $"must be {what}, none of them empty"); return [];
            case var other: Problem(key, $"must be {what}, not {other}"); return [];
        }
    }

    public bool Flag(string key, bool fallback)
    {
        switch (Take(key, new(_prefix + key, ConfigKind.Flag) { Default = fallback }))
        {
            case null: return fallback;
            case ConfigFlag flag: return flag.Value;
            case var other: Problem(key, $"must be true or false without quotes, not {other}"); return fallback;
        }
    }

    /// <summary>A whole number within bounds.</summary>
    public int Count(string key, int fallback, int min, int max)
    {
        switch (Take(key, new(_prefix + key, ConfigKind.Count) { Default = fallback, Bounds = (min, max) }))
        {
            case null: return fallback;
            case ConfigNumber { Value: { } number } when number >= min && number <= max: return (int)number;
            case ConfigNumber { Value: { } number }: Problem(key, $"is {number}; write a number from {min} to {max}"); return fallback;
            case var other: Problem(key, $"must be a whole number without quotes from {min} to {max}, not {other}"); return fallback;
        }
    }

    /// <summary>A duration within bounds; the fallback when absent or refused.</summary>
    public TimeSpan Duration(string key, TimeSpan fallback, TimeSpan min, TimeSpan max) =>
        Duration(key, (TimeSpan?)fallback, min, max) ?? fallback;

    /// <summary>A duration within bounds; null when absent or refused.</summary>
    public TimeSpan? Duration(string key, TimeSpan min, TimeSpan max) => Duration(key, null, min, max);

    TimeSpan? Duration(string key, TimeSpan? fallback, TimeSpan min, TimeSpan max)
    {
        const string Example = "a duration like \"30s\", \"5m\", \"1h30m\" or \"7d\"";
        var shape = new ConfigKey(_prefix + key, ConfigKind.Duration)
        {
            Default = fallback is { } known ? ConfigDuration.Format(known) : null,
            Bounds = (ConfigDuration.Format(min), ConfigDuration.Format(max)),
        };
        switch (Take(key, shape))
        {
            case null: return null;
            case ConfigText text when ConfigDuration.TryParse(text.Value, out var duration):
                if (duration >= min && duration <= max) return duration;
                Problem(key, $"is {ConfigWords.Quote(text.Value)}; "
                    + $"write a duration from {ConfigDuration.Format(min)} to {ConfigDuration.Format(max)}");
                return null;
            case ConfigText text: Problem(key, $"is {ConfigWords.Quote(text.Value)}; write {Example}"); return null;
            case ConfigNumber { Value: { } number }: Problem(key, $"is {number} without a unit; write {Example}"); return null;
            case var other: Problem(key, $"must be {Example}, not {other}"); return null;
        }
    }

    /// <summary>A number of octets, plain or with a unit, of at least <paramref name="min"/>.</summary>
    public long Size(string key, long fallback, long min)
    {
        const string Example = "a size like \"10MB\", \"64KiB\" or a number of octets";
        switch (Take(key, new(_prefix + key, ConfigKind.Size) { Default = fallback, Bounds = (min, null) }))
        {
            case null: return fallback;
            case ConfigNumber { Value: { } octets } when octets >= min: return octets;
            case ConfigText text when ConfigSize.TryParse(text.Value, out var octets) && octets >= min: return octets;
            case ConfigNumber { Value: { } octets }:
                Problem(key, $"is {octets}; write at least {ConfigSize.Format(min)}");
                return fallback;
            case ConfigText text when ConfigSize.TryParse(text.Value, out _):
                Problem(key, $"is {ConfigWords.Quote(text.Value)}; write at least {ConfigSize.Format(min)}");
                return fallback;
            case ConfigText text: Problem(key, $"is {ConfigWords.Quote(text.Value)}; write {Example}"); return fallback;
            case var other: Problem(key, $"must be {Example}, not {other}"); return fallback;
        }
    }

    /// <summary>One of a few words, exactly as listed.</summary>
    public T Choice<T>(string key, T fallback, params (string Word, T Meaning)[] choices)
    {
        _shape.Ask(new(_prefix + key, ConfigKind.Choice)
        {
            Default = choices.FirstOrDefault(choice => EqualityComparer<T>.Default.Equals(choice.Meaning, fallback)).Word,
            Words = [.. choices.Select(choice => choice.Word)],
        });
        if (Text(key) is not { } word) return fallback;
        foreach (var choice in choices)
            if (choice.Word == word) return choice.Meaning;
        string[] words = [.. choices.Select(choice => choice.Word).Distinct()];
        Problem(key, $"is {ConfigWords.Quote(word)}; write {ConfigWords.Or(words)}");
        return fallback;
    }

    /// <summary>The object below a key; an empty one when absent or refused. Its unknown keys are its own to refuse.</summary>
    public ConfigReader Section(string key)
    {
        var value = Take(key, new(_prefix + key, ConfigKind.Section));
        if (value is not null and not ConfigObject) Problem(key, $"must be an object: {{ … }}, not {value}");
        var section = value as ConfigObject ?? new(Line(key), new Dictionary<string, ConfigMember>());
        return new(_document, section, _report, $"{_prefix}{key}.", _shape);
    }

    /// <summary>Reports every key that nobody asked for.</summary>
    /// <param name="otherNames">What other programs call our keys: it is our key that the operator means.</param>
    public void RefuseUnknownKeys(IReadOnlyDictionary<string, string>? otherNames = null)
    {
        var mine = KnownKeys.Where(key => key.LastIndexOf('.') == _prefix.Length - 1 && key.StartsWith(_prefix, StringComparison.Ordinal))
            .Select(key => key[_prefix.Length..]).ToList();
        foreach (var key in _node.Members.Keys.Except(mine))
        {
            if (key == SchemaKey && _prefix.Length == 0)
                continue;
            var meant = otherNames?.GetValueOrDefault(key) ?? ConfigWords.Nearest(key, mine);
            Problem(key, meant is null
                ? $"is not a setting; the settings here are {string.Join(", ", mine)}"
                : $"is not a setting; did you mean {meant}?");
        }
    }

    /// <summary>Reports a problem at the key's line; at the object's first line when the key is absent.</summary>
    public void Problem(string key, string message) =>
        _report.Problem(new(_document.File, Line(key), _prefix + ConfigWords.Plain(key), message));

    /// <summary>As <see cref="Problem"/>, for what works but is unwise.</summary>
    public void Warn(string key, string message) =>
        _report.Warning(new(_document.File, Line(key), _prefix + ConfigWords.Plain(key), message));

    int Line(string key) => _node.Members.TryGetValue(key, out var member) ? member.Line : _node.Line;

    ConfigNode? Take(string key, ConfigKey shape)
    {
        _shape.Ask(shape);
        if (!_node.Members.TryGetValue(key, out var member)) return null;
        if (member.Value is not ConfigNull) return member.Value;
        Problem(key, "is null; write a value or remove the key");
        return null;
    }
}
