using Xunit;

namespace MailIngest.Pop3.Tests.Tls;

/// <summary>How many cases there are: those of EAST, and more.</summary>
public class AllPerils
{
    static readonly string[] Behaviours =
    [
        "Buffering/B_1", "Buffering/B_2", "Negotiation/O_1", "Negotiation/O_2", "Negotiation/O_3", "Negotiation/O_4",
        "others/P_1-unfinished", "others/X_1", "others/X_1-unfinished", "others/code",
        "others/auth/capa_err_auth_err", "others/auth/capa_err_auth_ok_all", "others/auth/capa_err_auth_ok_empty",
        "others/auth/capa_err_quit_err_sys_perm", "others/auth/capa_err_quit_ok_sys_perm",
        "others/capa/capa_err", "others/capa/capa_err_code_sys_perm", "others/capa/capa_ok_all", "others/capa/capa_ok_empty",
        "others/capa/capa_ok_sasl_no_stls",
        "others/greeting/err", "others/greeting/err_escape", "others/greeting/err_sys_perm", "others/greeting/err_sys_temp",
        "others/greeting/err_timestamp", "others/greeting/greeting_1", "others/greeting/greeting_2", "others/greeting/ok",
        "others/greeting/ok_escape", "others/greeting/ok_sys_perm", "others/greeting/ok_sys_temp", "others/greeting/ok_timestamp",
        "others/quit/greeting_err_quit_err", "others/quit/greeting_err_quit_ok",
        "others/quit/greeting_ok_capa_stls_stls_err_quit_err", "others/quit/greeting_ok_capa_stls_stls_err_quit_ok",
        "others/stls/greeting_ok_capa_ok_stls_err", "others/stls/greeting_ok_capa_ok_stls_err_sys_perm",
        "others/stls/greeting_ok_capa_ok_stls_ok", "others/stls/greeting_ok_capa_ok_stls_ok_sys_perm",
        "others/unsolicited/multi_line_scan_listing", "setup", "setup_opportunistic_encryption",
    ];

    [Fact]
    public void Each_of_the_43_behaviours_of_EAST_is_a_case_and_there_are_a_hundred_at_least()
    {
        Peril[] perils =
        [
            .. EastNegotiation.Perils, .. EastBuffering.Perils, .. EastGreeting.Perils, .. EastCapa.Perils, .. EastAuth.Perils,
            .. EastQuit.Perils, .. EastStls.Perils, .. EastUnsolicited.Perils, .. EastOthers.Perils,
            .. Downgrades.Perils, .. CertificateNames.Perils, .. CertificateMatrix.Perils,
        ];
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{perils.Length} cases, {perils.Count(peril => peril.East is not null)} of them EAST's; "
            + $"in {perils.Count(peril => peril.End.Failure is null)} the client may sign in, under TLS");
        Assert.Equal(43, Behaviours.Length);
        Assert.Equal(Behaviours.Order(), perils.Select(peril => peril.East).OfType<string>().Order());
        Assert.Distinct(perils.Select(peril => peril.Sentence));
        Assert.True(perils.Length >= 100);
    }
}
