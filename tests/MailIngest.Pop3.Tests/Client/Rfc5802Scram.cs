using System.Security.Cryptography;
using System.Text;
using MailIngest.Pop3.Sasl;
using Xunit;

namespace MailIngest.Pop3.Tests.Client;

/// <summary>RFC 5802 and RFC 7677: SCRAM. Its examples, and servers that do not know the password.</summary>
public class Rfc5802Scram
{
    const string Nonce = "rOprNGfwEbeRWgbNEkqO";
    const string ServerFirst = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
    const string ServerFinal = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

    [Fact, Trait("Obligation", "90")]
    public void The_example_of_RFC_5802_is_said_octet_for_octet()
    {
        var scram = new SaslScram(HashAlgorithmName.SHA1, "user", "pencil", null, false, "fyko+d2lbbFgONRv9qkxdawL");

        Assert.Equal("n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL", Text(scram.First));
        Assert.Equal("c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
            Say(scram, "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096"));
        Assert.False(scram.IsComplete);
        Assert.Equal("", Say(scram, "v=rmF9pqV8S7suAoZWja4dJRkFsKQ="));
        Assert.True(scram.IsComplete);
    }

    [Fact, Trait("Obligation", "90")]
    public void The_example_of_RFC_7677_is_said_octet_for_octet()
    {
        var scram = New();

        Assert.Equal("n,,n=user,r=rOprNGfwEbeRWgbNEkqO", Text(scram.First));
        Assert.Equal("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
            Say(scram, ServerFirst));
        Assert.Equal("", Say(scram, ServerFinal));
        Assert.True(scram.IsComplete);
    }

    [Theory, Trait("Obligation", "90")]
    [InlineData("r=another%nonce,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", "does not begin with ours")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", "does not begin with ours and go on")]
    [InlineData("m=new,r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", "an extension")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4095", "wants 4095 iterations")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=2147483647", "wants 2147483647 iterations")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=-1", "wants -1 iterations")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqOx,s=,i=4096", "salt")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqOx,s=%,i=4096", "salt")]
    [InlineData("s=W22ZaJ0SNY7soEsUEjb6gQ==,r=rOprNGfwEbeRWgbNEkqOx,i=4096", "no first message")]
    [InlineData("", "no first message")]
    public void What_no_server_may_say_first_ends_the_exchange_before_anything_is_proven(string serverFirst, string says)
    {
        var flaw = Assert.Throws<SaslException>(() => Say(New(), serverFirst));
        Assert.Contains(says, flaw.Message, StringComparison.Ordinal);
    }

    [Fact, Trait("Obligation", "90")]
    public void An_optional_extension_is_passed_over() => Assert.StartsWith("c=biws,r=", Say(New(), ServerFirst + ",x=whatever"));

    [Theory, Trait("Obligation", "90")]
    [InlineData("v=AAAATRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")]
    [InlineData("v=")]
    [InlineData("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4")]
    [InlineData("")]
    [InlineData("x=1")]
    public void A_server_that_does_not_sign_is_not_believed(string serverFinal)
    {
        var scram = New();
        Say(scram, ServerFirst);
        Assert.Throws<SaslException>(() => Say(scram, serverFinal));
        Assert.False(scram.IsComplete);
    }

    [Fact, Trait("Obligation", "90")]
    public void A_server_that_says_what_is_wrong_may_refuse()
    {
        var scram = New();
        Say(scram, ServerFirst);
        Assert.Equal("", Say(scram, "e=invalid-proof"));
        Assert.Equal("invalid-proof", scram.Complaint);
        Assert.False(scram.IsComplete);
    }

    [Fact, Trait("Obligation", "90")]
    public void After_the_signature_nothing_is_left_to_say()
    {
        var scram = New();
        Say(scram, ServerFirst);
        Say(scram, ServerFinal);
        Assert.Throws<SaslException>(() => Say(scram, ""));
    }

    [Fact, Trait("Obligation", "90")]
    public void A_name_with_comma_and_equals_sign_is_escaped()
    {
        var scram = new SaslScram(HashAlgorithmName.SHA256, "a,b=c", "pencil", null, false, Nonce);
        Assert.Equal($"n,,n=a=2Cb=3Dc,r={Nonce}", Text(scram.First));
    }

    [Theory, Trait("Obligation", "90")]
    [InlineData(false, "SCRAM-SHA-256", "y,,")]
    [InlineData(true, "SCRAM-SHA-256-PLUS", "p=tls-server-end-point,,")]
    public void With_a_channel_to_bind_it_says_whether_the_server_could(bool serverBinds, string mechanism, string gs2)
    {
        var scram = new SaslScram(HashAlgorithmName.SHA256, "user", "pencil", new("tls-server-end-point", [1, 2, 3]), serverBinds, Nonce);

        Assert.Equal(mechanism, scram.Mechanism);
        Assert.StartsWith(gs2 + "n=user", Text(scram.First));
        byte[] bound = [.. Encoding.ASCII.GetBytes(gs2), .. serverBinds ? new byte[] { 1, 2, 3 } : []];
        Assert.StartsWith($"c={Convert.ToBase64String(bound)},", Say(scram, ServerFirst));
    }

    [Theory]
    [InlineData("I\u00adX", "IX")]
    [InlineData("user", "user")]
    [InlineData("a\u00a0b", "a b")]
    public void Names_are_prepared(string name, string prepared) => Assert.Equal(prepared, SaslName.Prepare(name));

    [Theory]
    [InlineData("a\u0007")]
    [InlineData("a\u202eb")]
    [InlineData("\ue000")]
    public void What_has_no_place_in_a_name_is_refused(string name) => Assert.Throws<ArgumentException>(() => SaslName.Prepare(name));

    static SaslScram New() => new(HashAlgorithmName.SHA256, "user", "pencil", null, false, Nonce);

    static string Say(SaslScram scram, string challenge) => Text(scram.Answer(Encoding.UTF8.GetBytes(challenge)));

    static string Text(byte[] octets) => Encoding.UTF8.GetString(octets);
}
