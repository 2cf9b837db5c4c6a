using System.Text.Json;

namespace MailIngest.Settings;

/// <summary>Walks the JSON of one file into <see cref="ConfigNode"/>s, counting lines on the way.</summary>
ref struct ConfigParser(string file, ReadOnlySpan<byte> octets, ConfigReport report)
{
    readonly ReadOnlySpan<byte> _octets = octets;
    Utf8JsonReader _json = new(octets, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
    int _line = 1;
    int _counted;

    /// <summary>The file's value; null when it is not JSON, and then the report says why.</summary>
    public ConfigNode? Parse()
    {
        try
        {
            _json.Read();
            var node = Value();
            _json.Read();    // throws when anything but comments follows
            return node;
        }
        catch (JsonException e)
        {
            report.Problem(ConfigSyntax.Explain(file, _octets, e, _json.TokenType, _json.CurrentDepth));
            return null;
        }
    }

    ConfigNode Value()
    {
        var at = Line();
        return _json.TokenType switch
        {
            JsonTokenType.StartObject => Object(at),
            JsonTokenType.StartArray => List(at),
            JsonTokenType.String => new ConfigText(at, Text()),
            JsonTokenType.Number => new ConfigNumber(at, _json.TryGetInt64(out var number) ? number : null),
            JsonTokenType.True => new ConfigFlag(at, true),
            JsonTokenType.False => new ConfigFlag(at, false),
            _ => new ConfigNull(at),
        };
    }

    ConfigObject Object(int at)
    {
        var members = new Dictionary<string, ConfigMember>(StringComparer.Ordinal);
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            var keyLine = Line();
            var key = Text();
            _json.Read();
            var member = new ConfigMember(keyLine, Value());
            if (!members.TryAdd(key, member))
                report.Problem(new(file, keyLine, ConfigWords.Plain(key), $"is given twice (first in line {members[key].Line}); keep one"));
        }
        return new(at, members);
    }

    ConfigList List(int at)
    {
        var items = new List<ConfigNode>();
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray) items.Add(Value());
        return new(at, items);
    }

    string Text()
    {
        try
        {
            return _json.GetString()!;
        }
        catch (InvalidOperationException)
        {
            report.Problem(new(file, Line(), null, "has a \\u escape that is half a character; write the character itself"));
            return "";
        }
    }

    int Line()
    {
        var start = (int)_json.TokenStartIndex;
        _line += _octets[_counted..start].Count((byte)'\n');
        _counted = start;
        return _line;
    }
}
