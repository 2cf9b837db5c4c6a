using System.Data.Common;

namespace MailIngest.Ledger;

/// <summary>What differs between databases. All other SQL of the ledger is the same for each.</summary>
/// <param name="Place">The ledger in an operator's words, such as "ledger /var/lib/mailingest/ledger.db".</param>
/// <param name="TableOptions">What follows the closing parenthesis of a <c>create table</c>.</param>
/// <param name="Explain">Turns what the database said into one sentence.</param>
sealed record LedgerDialect(string Place, string TableOptions, Func<DbException, LedgerException> Explain);
