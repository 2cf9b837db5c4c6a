using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using MailIngest.Settings;

namespace MailIngest.Tests.Settings.Schema;

/// <summary>A JSON Schema (draft 2020-12) from what the binder asked for and what the sample says about it.</summary>
static class SchemaText
{
    // ConfigDuration and ConfigSize in the words of a schema.
    const string Duration = "^(?=[0-9])([0-9]{1,7}d)?([0-9]{1,7}h)?([0-9]{1,7}m)?([0-9]{1,7}s)?$";
    const string Size = "^[0-9]+ *([KkMmGgTt][Ii]?)?[Bb]$";

    static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(string title, ConfigShape shape, IReadOnlyDictionary<string, string> words)
    {
        var schema = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = title,
            ["description"] = words[""],
        };
        Describe(schema, shape, words, "");
        return schema.ToJsonString(Indented) + "\n";
    }

    static void Describe(JsonObject schema, ConfigShape shape, IReadOnlyDictionary<string, string> words, string section)
    {
        var properties = new JsonObject();
        if (section.Length == 0)
            properties[ConfigReader.SchemaKey] = new JsonObject { ["type"] = "string", ["description"] = words[ConfigReader.SchemaKey] };
        foreach (var key in shape.Keys.Where(
            key => key.Name.LastIndexOf('.') + 1 == section.Length && key.Name.StartsWith(section, StringComparison.Ordinal)))
            properties[key.Name[section.Length..]] = Property(key, shape, words);

        schema["type"] = "object";
        schema["properties"] = properties;
        schema["additionalProperties"] = false;
        if (Required(shape, section) is { Count: > 0 } required)
            schema["required"] = Names(required);
        if (Between(shape, section) is { Count: > 0 } rules)
            schema["allOf"] = new JsonArray([.. rules]);
    }

    static JsonObject Property(ConfigKey key, ConfigShape shape, IReadOnlyDictionary<string, string> words)
    {
        var property = new JsonObject { ["description"] = $"{words[key.Name]}{Span(key)}" };
        switch (key.Kind)
        {
            case ConfigKind.Section:
                Describe(property, shape, words, $"{key.Name}.");
                return property;
            case ConfigKind.Text:
                property["type"] = "string";
                property["minLength"] = 1;
                break;
            case ConfigKind.Texts:
                property["type"] = new JsonArray("string", "array");
                property["minLength"] = 1;
                property["minItems"] = 1;
                property["items"] = new JsonObject { ["type"] = "string", ["minLength"] = 1 };
                break;
            case ConfigKind.Flag:
                property["type"] = "boolean";
                break;
            case ConfigKind.Count:
                property["type"] = "integer";
                property["minimum"] = JsonValue.Create((int)key.Bounds.Least!);
                property["maximum"] = JsonValue.Create((int)key.Bounds.Most!);
                break;
            case ConfigKind.Duration:
                property["type"] = "string";
                property["pattern"] = Duration;
                break;
            case ConfigKind.Size:
                property["type"] = new JsonArray("integer", "string");
                property["minimum"] = JsonValue.Create((long)key.Bounds.Least!);
                property["pattern"] = Size;
                break;
            case ConfigKind.Choice:
                property["enum"] = Names(key.Words);
                break;
        }
        if (key.Default is { } value && !IsRequired(shape, key))
            property["default"] = JsonSerializer.SerializeToNode(value);
        return property;
    }

    static string Span(ConfigKey key) => key.Kind == ConfigKind.Duration ? $" From {key.Bounds.Least} to {key.Bounds.Most}." : "";

    static bool IsRequired(ConfigShape shape, ConfigKey key) => shape.Rules.Any(rule =>
        rule is { Kind: ConfigRuleKind.All, When: null } && rule.Keys.Any(name => rule.Section + name == key.Name));

    /// <summary>The keys that must be there, and the sections that hold such keys.</summary>
    static List<string> Required(ConfigShape shape, string section) =>
    [
        .. shape.Rules.Where(rule => rule is { Kind: ConfigRuleKind.All, When: null } && rule.Section == section)
            .SelectMany(rule => rule.Keys),
        .. shape.Keys.Where(key => section.Length == 0 && key.Kind == ConfigKind.Section && Required(shape, $"{key.Name}.").Count > 0)
            .Select(key => key.Name),
    ];

    static List<JsonNode> Between(ConfigShape shape, string section) =>
    [
        .. from rule in shape.Rules
           where rule.Section == section && rule is not { Kind: ConfigRuleKind.All, When: null }
           from demand in Demands(rule)
           select (rule.When ?? rule.Unless) is not var (key, word) ? demand : new JsonObject
           {
               ["if"] = new JsonObject
                   { ["properties"] = new JsonObject { [key] = new JsonObject { ["const"] = word } }, ["required"] = Names([key]) },
               [rule.When is null ? "else" : "then"] = demand,
           },
    ];

    static IEnumerable<JsonObject> Demands(ConfigRule rule) => rule.Kind switch
    {
        ConfigRuleKind.All => [new() { ["required"] = Names(rule.Keys) }],
        ConfigRuleKind.Any => [new() { ["anyOf"] = Each(rule.Keys) }],
        ConfigRuleKind.None => [new() { ["not"] = new JsonObject { ["anyOf"] = Each(rule.Keys) } }],
        ConfigRuleKind.FirstNeedsSecond => [new() { ["dependentRequired"] = new JsonObject { [rule.Keys[0]] = Names([rule.Keys[1]]) } }],
        _ => rule.Keys.SelectMany((first, i) =>
            rule.Keys.Skip(i + 1).Select(second => new JsonObject { ["not"] = new JsonObject { ["required"] = Names([first, second]) } })),
    };

    static JsonArray Each(IReadOnlyList<string> keys) => new([.. keys.Select(key => new JsonObject { ["required"] = Names([key]) })]);

    static JsonArray Names(IReadOnlyList<string> names) => new([.. names.Select(name => JsonValue.Create(name))]);
}
