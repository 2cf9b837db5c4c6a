using MailIngest.Commands;
using MailIngest.Ledger;
using MailIngest.Settings;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace MailIngest.Tests.Commands;

public class LedgerAccessTests
{
    [Fact]
    public void A_ledger_whose_file_system_cannot_be_asked_is_a_sentence_and_no_stack_trace()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "statfs is asked on Linux only");
        var failure = Assert.Throws<LedgerException>(
            () => LedgerAccess.WarnIfVolatile(new LedgerSettings("/no/such/folder/ledger.db"), NullLogger.Instance));
        Assert.Contains("/no/such/folder/ledger.db cannot be looked at", failure.Message, StringComparison.Ordinal);
    }
}
