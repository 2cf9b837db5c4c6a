namespace MailIngest.Polling;

/// <summary>Sums of sizes that a server claims: too many octets are as many as there can be, and no overflow.</summary>
static class Saturating
{
    public static long Add(long left, long right) => left > long.MaxValue - right ? long.MaxValue : left + right;

    public static long Sum(this IEnumerable<long> octets) => octets.Aggregate(0L, Add);
}
