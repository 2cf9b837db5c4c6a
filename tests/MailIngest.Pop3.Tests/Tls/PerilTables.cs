using Xunit;

namespace MailIngest.Pop3.Tests.Tls;

/// <summary>A table of cases is a theory.</summary>
static class PerilTables
{
    public static IEnumerable<TheoryDataRow<string>> Rows(this IEnumerable<Peril> table) =>
        table.Select(peril => new TheoryDataRow<string>(peril.Sentence));

    public static Task MeetAsync(this IEnumerable<Peril> table, string sentence) =>
        table.Single(peril => peril.Sentence == sentence).MeetAsync();
}
