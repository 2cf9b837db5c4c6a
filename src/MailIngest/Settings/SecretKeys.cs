namespace MailIngest.Settings;

/// <summary>
/// The four ways to name a secret in a configuration file. For the stem "password" these are the keys passwordFile,
/// passwordCommand, passwordEnv and password itself; exactly one is given.
/// </summary>
public static class SecretKeys
{
    /// <summary>The four keys of a stem.</summary>
    public static string[] Of(string stem) => [stem + "File", stem + "Command", stem + "Env", stem];

    /// <summary>The secret's source; null when none of the keys is there. Two at once, or a wrong one, are reported.</summary>
    public static SecretSource? Read(ConfigReader reader, string stem, string owner)
    {
        var of = new SecretOwner(owner, stem, reader.Document.File);
        var keys = Of(stem);
        reader.Rule(ConfigRuleKind.NotTwo, keys);
        string[] given = [.. keys.Where(reader.Has)];
        foreach (var key in given.Skip(1)) reader.Problem(key, $"is given besides {given[0]}; keep one of them");

        SecretSource?[] sources =
        [
            reader.Path(keys[0]) is { } path ? new FileSecret(of, path) : null,
            Command(reader, keys[1], of),
            Environment(reader, keys[2], of),
            Inline(reader, keys[3], of),
        ];
        // A refused source stands in for itself: "is missing" would be a second, false problem.
        return sources.FirstOrDefault(source => source is not null) ?? (given.Length > 0 ? new InlineSecret(of, new("")) : null);
    }

    /// <summary>The sentence for a required secret that is not there.</summary>
    public static string Missing(string stem, string file) =>
        $"is missing; write for example \"{stem}File\": \"{file}\" (or {stem}Command or {stem}Env)";

    static CommandSecret? Command(ConfigReader reader, string key, SecretOwner of)
    {
        var arguments = reader.Texts(key, "a list of program and arguments, or one text for /bin/sh");
        if (arguments.Count == 0) return null;
        return new CommandSecret(of, reader.IsText(key) ? ["/bin/sh", "-c", arguments[0]] : arguments, reader.Folder);
    }

    static EnvironmentSecret? Environment(ConfigReader reader, string key, SecretOwner of)
    {
        if (reader.Text(key) is not { } variable) return null;
        if (variable.StartsWith('$')) reader.Problem(key, "starts with $; write the variable's bare name");
        else if (variable.Contains('=')) reader.Problem(key, "contains =; write the variable's bare name");
        return new EnvironmentSecret(of, variable);
    }

    static InlineSecret? Inline(ConfigReader reader, string key, SecretOwner of)
    {
        if (reader.Text(key) is not { } value) return null;
        reader.Warn(key, $"is written into the file itself; {key}File, {key}Command or {key}Env keep it out of copies and backups");
        if (reader.Document.ReadableByOthers)
            reader.Warn(key, $"can be read by every account of this machine; run: chmod 600 {reader.Document.File}");
        return new InlineSecret(of, new(value));
    }
}
