namespace MailIngest.Settings;

/// <summary>A JSON value that knows its line. ToString names its kind, never its content: that may be a secret.</summary>
public abstract record ConfigNode(int Line);

/// <summary>A JSON object. Members keep their order; of two with one name the first counts (the second is a problem already).</summary>
public sealed record ConfigObject(int Line, IReadOnlyDictionary<string, ConfigMember> Members) : ConfigNode(Line)
{
    public override string ToString() => "an object";
}

/// <summary>A value in an object, with the line of its key.</summary>
public sealed record ConfigMember(int Line, ConfigNode Value);

/// <summary>A JSON array.</summary>
public sealed record ConfigList(int Line, IReadOnlyList<ConfigNode> Items) : ConfigNode(Line)
{
    public override string ToString() => "a list";
}

/// <summary>A JSON string, unescaped.</summary>
public sealed record ConfigText(int Line, string Value) : ConfigNode(Line)
{
    public override string ToString() => "text";
}

/// <summary>A JSON number as it is written; what is not whole or beyond 64 bits has no value.</summary>
public sealed record ConfigNumber(int Line, long? Value) : ConfigNode(Line)
{
    public override string ToString() => Value is null ? "a fraction or a huge number" : "a number";
}

/// <summary>true or false.</summary>
public sealed record ConfigFlag(int Line, bool Value) : ConfigNode(Line)
{
    public override string ToString() => Value ? "true" : "false";
}

/// <summary>null.</summary>
public sealed record ConfigNull(int Line) : ConfigNode(Line)
{
    public override string ToString() => "null";
}
