using System.Text;
using MailIngest.Pop3.Sasl;
using Xunit;

namespace MailIngest.Pop3.Tests.Client;

/// <summary>What may be shown: no secret anywhere, hostile text escaped.</summary>
public class Secrecy
{
    const string Password = "s3cr3t!";

    [Theory]
    [InlineData(SignInMechanism.UserPass, "PASS ****")]
    [InlineData(SignInMechanism.Plain, "AUTH PLAIN ****")]
    [InlineData(SignInMechanism.Apop, "APOP ****")]
    public async Task No_transcript_and_no_exception_shows_a_secret_even_when_the_server_repeats_it(SignInMechanism mechanism, string shown)
    {
        var lines = new List<string>();
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SendAsync("+OK <1@example.com>\r\n");
            await script.CapaAsync("SASL PLAIN");
            var line = await script.ReadLineAsync();
            if (mechanism == SignInMechanism.UserPass)
            {
                await script.SendAsync("+OK\r\n");
                line = await script.ReadLineAsync();
            }
            await script.SendAsync($"-ERR wrong: {line} {Password} {SaslPlain.Encode("mrose", Password)}\r\n");
        });
        var refused = await Assert.ThrowsAsync<Pop3RefusedException>(() =>
            server.OpenAsync(new Pop3Options { Transcript = line => lines.Add(line.ToString()) }, ScriptedServer.User(mechanism)));
        var everything = string.Join('\n', [.. lines, refused.ToString(), refused.Command, refused.Reply.Text]);
        Assert.Contains("C: " + shown, lines);
        Assert.DoesNotContain(Password, everything);
        Assert.DoesNotContain(SaslPlain.Encode("mrose", Password), everything);
        Assert.DoesNotContain(Apop.Digest("<1@example.com>", Password), everything);
    }

    [Fact]
    public async Task A_secret_that_the_server_repeats_as_a_response_code_is_not_in_the_code()
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SendAsync("+OK\r\n");
            await script.CapaAsync();
            await script.PlayAsync($"C: USER mrose\nS: +OK\nC: PASS {Password}\nS: -ERR [{Password}] is wrong");
        });
        var refused = await Assert.ThrowsAsync<Pop3RefusedException>(() => server.OpenAsync());
        Assert.Equal("****", refused.Reply.Code?.Text);
        Assert.DoesNotContain(Password, refused.Reply.Text);
    }

    [Fact]
    public async Task A_code_that_is_known_counts_even_when_it_is_the_password()
    {
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SendAsync("+OK\r\n");
            await script.CapaAsync("AUTH-RESP-CODE");
            await script.PlayAsync("C: USER mrose\nS: +OK\nC: PASS AUTH\nS: -ERR [AUTH] is wrong");
        });
        var refused = await Assert.ThrowsAsync<Pop3RefusedException>(() => server.OpenAsync(signIn: new("mrose", "AUTH", SignInMechanism.UserPass)));
        Assert.True(refused.IsCredentials);
        Assert.Equal("-ERR [****] is wrong", refused.Reply.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("\x80")]
    public async Task A_password_outside_ASCII_is_masked_also_in_a_line_that_is_not_UTF_8(string beside)
    {
        const string Umlauts = "Pa\u00DFw\u00F6rt";
        var octets = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(Umlauts));
        var lines = new List<string>();
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SendAsync("+OK\r\n");
            await script.CapaAsync("UTF8 USER");
            await script.PlayAsync("C: UTF8\nS: +OK\nC: USER mrose\nS: +OK");
            await script.ReadLineAsync();
            await script.SendAsync($"-ERR {octets} {beside}\r\n");
        });
        var refused = await Assert.ThrowsAsync<Pop3RefusedException>(() => server.OpenAsync(
            new Pop3Options { Transcript = line => lines.Add(line.ToString()) }, new("mrose", Umlauts, SignInMechanism.UserPass)));
        var everything = string.Join('\n', [.. lines, refused.Message, refused.Reply.Text]);
        Assert.Contains("-ERR ****", everything);
        Assert.DoesNotContain(Umlauts, everything);
        Assert.DoesNotContain(octets, everything);
    }

    [Fact]
    public async Task A_secret_is_masked_until_the_maildrop_is_open()
    {
        var lines = new List<string>();
        await using var server = ScriptedServer.Run(async script =>
        {
            await script.SendAsync("+OK\r\n");
            await script.CapaAsync("USER");
            await script.PlayAsync($"C: USER mrose\nS: +OK\nC: PASS {Password}\nS: +OK");
            await script.CapaAsync("USER", $"X-WELCOME {Password}");
        });
        await using var session = await server.OpenAsync(new Pop3Options { Transcript = line => lines.Add(line.ToString()) });
        Assert.Equal("S: X-WELCOME ****", lines[^1]);
    }

    [Fact]
    public void A_sign_in_does_not_print_its_password() => Assert.Equal("mrose (Plain)", ScriptedServer.User(SignInMechanism.Plain).ToString());

    [Fact]
    public async Task The_transcript_has_commands_and_answers_but_no_message()
    {
        var lines = new List<string>();
        await using var server = ScriptedServer.Play("C: UIDL\nS: +OK\nS: 1 a\x1b[31m\nS: .\nC: RETR 1\nS: +OK 9 octets\nS: private\nS: .\nC: QUIT\nS: +OK bye\x07", "UIDL");
        await using (var session = await server.OpenAsync(new Pop3Options { Transcript = line => lines.Add(line.ToString()) }))
        {
            await session.UidlAsync(default);
            await session.RetrieveAsync(1, 9);
            await session.QuitAsync(default);
        }
        Assert.Equal(["S: +OK ready", "C: CAPA", "S: +OK", "S: UIDL", "C: USER mrose", "S: +OK", "C: PASS ****", "S: +OK maildrop locked", "C: CAPA", "S: +OK", "S: UIDL",
            "C: UIDL", "S: +OK", @"S: 1 a\x1b[31m", "C: RETR 1", "S: +OK 9 octets", "C: QUIT", @"S: +OK bye\x07"], lines);
    }

    [Theory]
    [InlineData("plain text, Grüße, 日本 🎉", "plain text, Grüße, 日本 🎉")]
    [InlineData("a\r\nb\tc", @"a\r\nb\tc")]
    [InlineData("\0\x1b[31m\x7f", @"\x00\x1b[31m\x7f")]
    [InlineData("\x85\x9b", @"\x85\x9b")]
    [InlineData("user\u202etxt.exe \u2066x\u2069 \u200f \ufeff", @"user\u202etxt.exe \u2066x\u2069 \u200f \ufeff")]
    [InlineData("line\u2028par\u2029", @"line\u2028par\u2029")]
    [InlineData("\U000e0041", @"\u{e0041}")]
    [InlineData("", "")]
    public void Hostile_text_is_one_visible_line(string text, string shown) => Assert.Equal(shown, HostileText.Escape(text));

    [Fact]
    public void A_lone_surrogate_is_escaped() => Assert.Equal(@"a\ud800b", HostileText.Escape("a\ud800b"));

    [Theory]
    [InlineData("abcde", 5, "abcde")]
    [InlineData("abcdef", 5, "abcd…")]
    [InlineData("abc\r\n", 5, "abc…")]
    [InlineData("ab\r\n", 6, @"ab\r\n")]
    [InlineData("abcd\0", 6, "abcd…")]
    [InlineData("abcd🎉", 5, "abcd…")]
    [InlineData("\0", 1, "…")]
    public void Hostile_text_is_bounded_and_never_cut_inside_an_escape(string text, int max, string shown) => Assert.Equal(shown, HostileText.Escape(text, max));

    [Fact]
    public void A_reply_shows_200_characters_at_most()
    {
        var reply = new Reply(false, null, new string('\x1b', 5000));
        Assert.InRange(reply.ToString().Length, 150, 200);
        Assert.Equal("[::1]:995", new Pop3Endpoint("::1", 995, TlsMode.Implicit).ToString());
    }
}
