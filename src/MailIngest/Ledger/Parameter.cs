using System.Data;

namespace MailIngest.Ledger;

/// <summary>A value for a statement, with its type, so that null has one too.</summary>
readonly record struct Parameter(string Name, DbType Type, object? Value)
{
    public static Parameter Text(string name, string? value) => new(name, DbType.String, value);

    public static Parameter Number(string name, long? value) => new(name, DbType.Int64, value);

    /// <summary>A time, as milliseconds since 1970 UTC.</summary>
    public static Parameter Time(string name, DateTimeOffset? value) => Number(name, value?.ToUnixTimeMilliseconds());
}
