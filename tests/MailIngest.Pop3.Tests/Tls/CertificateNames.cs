using Xunit;

namespace MailIngest.Pop3.Tests.Tls;

/// <summary>Whose certificate it is: RFC 7817 §3, RFC 9525 §6. An authority that is believed has signed every one.</summary>
public class CertificateNames
{
    internal static readonly Peril[] Perils =
    [
        Named("the certificate has the name", "pop.example.com", "pop.example.com"),
        Named("the certificate has the name in capitals", "pop.example.com", "POP.EXAMPLE.COM"),
        Named("the certificate has the name as one of many", "pop.example.com", "example.com", "imap.example.com", "pop.example.com"),
        Named("the certificate has a wildcard for the first label", "pop.example.com", "*.example.com"),
        Named("the certificate has the address that is connected to", "192.0.2.1", "[192.0.2.1]"),
        Named("the certificate has the IPv6 address that is connected to", "2001:db8::1", "[2001:db8:0:0:0:0:0:1]"),
        Named("the certificate has a name outside ASCII in its form for DNS", "xn--bcher-kva.example", "xn--bcher-kva.example"),

        Strange("the certificate has another name", "pop.example.com", "imap.example.com"),
        Strange("the certificate has the domain alone", "pop.example.com", "example.com"),
        Strange("the certificate has a name below", "pop.example.com", "www.pop.example.com"),
        Strange("the certificate has the name as the beginning of a longer one", "pop.example.com", "pop.example.com.evil.example"),
        Strange("the certificate has the name as the end of a longer one", "pop.example.com", "evilpop.example.com"),
        Strange("the certificate has a name that looks the same", "pop.example.com", "xn--pp-jbc.example.com"),
        Strange("the wildcard would have to be two labels", "a.pop.example.com", "*.example.com"),
        Strange("the wildcard would have to be no label", "example.com", "*.example.com"),
        Strange("the wildcard is part of a label, at its end", "pop.example.com", "p*.example.com"),
        Strange("the wildcard is part of a label, at its beginning", "pop.example.com", "*p.example.com"),
        Strange("the wildcard is part of a label, inside", "pop.example.com", "p*p.example.com"),
        Strange("the wildcard is the second label", "pop.example.com", "pop.*.com"),
        Strange("the wildcard is the last label", "pop.example.com", "pop.example.*"),
        Strange("there are two wildcards", "pop.example.com", "*.*.com"),
        Strange("the wildcard is for all of a top-level domain", "example.com", "*.com"),
        Strange("the wildcard is for everything", "pop.example.com", "*"),
        Strange("the wildcard is for every name of one label", "localhost", "*"),
        Strange("the wildcard is for addresses", "192.0.2.1", "*.0.2.1"),
        Strange("the address is there as a name only", "192.0.2.1", "192.0.2.1"),
        Strange("the address is another", "192.0.2.1", "[192.0.2.2]"),
        Strange("there is an address and no name", "pop.example.com", "[192.0.2.1]"),
        Strange("NUL follows the name", "pop.example.com", "pop.example.com\0.evil.example"),
        Strange("NUL ends the name", "pop.example.com", "pop.example.com\0"),
        Strange("the name would colour a terminal", "pop.example.com", "\u001b[31mpop.example.com"),
        Strange("the name is empty", "pop.example.com", ""),
        Strange("the name is only in the subject", "pop.example.com") with
        {
            Shows = () => [Authority.Root.Issue(new() { Subject = "pop.example.com", Names = [] })],
        },
        Strange("the name is in the subject, and another one where it counts", "pop.example.com") with
        {
            Shows = () => [Authority.Root.Issue(new() { Subject = "pop.example.com", Names = ["imap.example.com"] })],
        },
        Strange("the address is only in the subject", "192.0.2.1") with
        {
            Shows = () => [Authority.Root.Issue(new() { Subject = "192.0.2.1", Names = [] })],
        },
    ];

    public static IEnumerable<TheoryDataRow<string>> Rows => Perils.Rows();

    [Theory, MemberData(nameof(Rows))]
    public Task Nothing_is_given_away(string when) => Perils.MeetAsync(when);

    static Peril Named(string sentence, string to, params string[] names) => Of(sentence, End.SignedIn, to, names);

    static Peril Strange(string sentence, string to, params string[] names) =>
        Of(sentence, End.Of<Pop3TlsException>($"the certificate is not for {to}"), to, names);

    /// <summary>What is written in brackets is an address.</summary>
    static Peril Of(string sentence, End end, string to, string[] names) => new(sentence, end, new())
    {
        Mode = TlsMode.Implicit,
        To = to,
        Shows = () =>
        [
            Authority.Root.Issue(new()
            {
                Names = [.. names.Where(name => !name.StartsWith('['))],
                Addresses = [.. names.Where(name => name.StartsWith('[')).Select(name => name.Trim('[', ']'))],
            }),
        ],
    };
}
