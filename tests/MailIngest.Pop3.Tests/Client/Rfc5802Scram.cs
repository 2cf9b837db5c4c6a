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
    [InlineData("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4095", "number of iterations")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=2147483647", "number of iterations")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=-1", "number of iterations")]
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

    [Fact, Trait("Obligation", "90")]
    public void With_PLUS_it_proves_which_channel_it_is_in()
    {
        var scram = new SaslScram(HashAlgorithmName.SHA256, "user", "pencil", new("tls-server-end-point", [1, 2, 3]), false, Nonce);

        Assert.Equal("SCRAM-SHA-256-PLUS", scram.Mechanism);
        Assert.StartsWith("p=tls-server-end-point,,n=user", Text(scram.First));
        byte[] bound = [.. "p=tls-server-end-point,,"u8, 1, 2, 3];
        Assert.StartsWith($"c={Convert.ToBase64String(bound)},", Say(scram, ServerFirst));
    }

    [Fact, Trait("Obligation", "90")]
    public void Without_PLUS_it_says_that_it_could_bind()
    {
        var scram = new SaslScram(HashAlgorithmName.SHA256, "user", "pencil", null, mightBind: true, Nonce);

        Assert.Equal("SCRAM-SHA-256", scram.Mechanism);
        Assert.StartsWith("y,,n=user", Text(scram.First));
        Assert.StartsWith($"c={Convert.ToBase64String("y,,"u8)},", Say(scram, ServerFirst));
    }

    [Theory]
    [InlineData("I\u00adX", "IX")]
    [InlineData("user", "user")]
    [InlineData("gå på ~", "gå på ~")]
    [InlineData("a\u00a0b", null)]
    [InlineData("a\u0007", null)]
    [InlineData("a\u202eb", null)]
    [InlineData("e\u0301", null)]
    [InlineData("\ufb01", null)]
    [InlineData("\u00b2", null)]
    [InlineData("\u0132", null)]
    [InlineData("\ud83d\ude00", null)]
    [InlineData("\u00ad", null)]
    public void A_name_is_prepared_or_known_to_be_unprepared(string name, string? prepared) => Assert.Equal(prepared, SaslPrep.Of(name));

    static SaslScram New() => new(HashAlgorithmName.SHA256, "user", "pencil", null, false, Nonce);

    static string Say(SaslScram scram, string challenge) => Text(scram.Answer(Encoding.UTF8.GetBytes(challenge)));

    static string Text(byte[] octets) => Encoding.UTF8.GetString(octets);
}
