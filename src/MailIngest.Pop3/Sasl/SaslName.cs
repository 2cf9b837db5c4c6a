namespace MailIngest.Pop3.Sasl;

/// <summary>Names in messages of attributes, where "," and "=" stand for something else (RFC 5801 §4, RFC 5802 §5.1).</summary>
static class SaslName
{
    public static string Escape(string name) =>
        name.Replace("=", "=3D", StringComparison.Ordinal).Replace(",", "=2C", StringComparison.Ordinal);

    /// <summary>The other way round; null where "=" stands before anything else.</summary>
    public static string? Unescape(string escaped)
    {
        var name = escaped.Replace("=2C", ",", StringComparison.Ordinal).Replace("=3D", "=", StringComparison.Ordinal);
        return Escape(name) == escaped ? name : null;
    }
}
