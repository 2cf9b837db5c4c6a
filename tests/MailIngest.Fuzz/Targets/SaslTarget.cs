using System.Security.Cryptography;
using System.Text;
using MailIngest.Fuzz.Driver;
using MailIngest.Fuzz.Streams;
using MailIngest.Pop3.Sasl;
using MailIngest.Pop3.Server;
using MailIngest.Pop3.Server.Sasl;

namespace MailIngest.Fuzz.Targets;

/// <summary>Inside the base64 of AUTH: challenges of a server that does not know the secret, responses of a client that does not.</summary>
sealed class SaslTarget : Target
{
    const string User = "mrose", Password = "S3cr3t-Pass", Token = "t0k3n-of-mrose", Nonce = "fyko+d2lbbFgONRv9qkxdawL";

    /// <summary>Between two messages.</summary>
    const byte Next = 0xFE;

    static readonly ChannelBinding Channel = new("tls-server-end-point", [1, 2, 3]);

    static readonly string[] Offered =
        ["PLAIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS", "OAUTHBEARER", "XOAUTH2"];

    readonly Pop3ServerOptions _options = new()
    {
        Sasl = Offered,
        Accounts = new Dictionary<string, Pop3Account> { [User] = new(Password, new Maildrop()) { AccessToken = Token } },
    };

    public override string Name => "sasl";

    public override IReadOnlyList<byte[]> Dictionary { get; } = Words(
        "\u00FE", "r=", Nonce, "r=" + Nonce + "x", ",s=QSXCR+Q6sek8bf92", ",i=4096",
        "v=", "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=", "e=", "e=invalid-proof", "m=", ",", "=", "=2C", "=3D", "{\"status\":\"", "\"scope\":", "}",
        "n,,n=" + User + ",r=abc", "y,,", "p=tls-server-end-point,,", "n,a=" + User + ",", "\u0001auth=Bearer ", "\u0001\u0001",
        "user=" + User + "\u0001", "\0" + User + "\0", User + " ", "c=biws", ",p=", "\u00FF", "\0");

    /// <summary>Strings of what was said, twice or thrice, and the keys of SCRAM.</summary>
    public override long AllocationLimit(int inputOctets) => 64 * 1024 + 200L * inputOctets;

    public override void Run(ReadOnlySpan<byte> input)
    {
        var choices = new Choices(input);
        var (side, which) = (choices.Octet(), choices.Octet());
        var messages = new List<byte[]>();
        foreach (var part in choices.Rest.Split(Next))
            messages.Add(choices.Rest[part].ToArray());
        if ((side & 1) == 0)
            AsClient(which, messages);
        else
            AsServer(Offered[which % Offered.Length], messages);
    }

    static void AsClient(int which, List<byte[]> challenges)
    {
        var exchange = (which % 6) switch
        {
            0 => (SaslExchange)new SaslPlain(User, Password),
            1 => new SaslCramMd5(User, Password),
            2 => new SaslScram(HashAlgorithmName.SHA1, User, Password, null, mightBind: true, Nonce),
            3 => new SaslScram(HashAlgorithmName.SHA256, User, Password, Channel, mightBind: false, Nonce),
            4 => new SaslOAuthBearer(User, Token, "pop.example.com", 995),
            _ => new SaslXOAuth2(User, Token),
        };
        try
        {
            foreach (var challenge in challenges)
            {
                var answer = Encoding.Latin1.GetString(exchange.Answer(challenge));
                var echo = Encoding.Latin1.GetString(challenge); // a nonce is repeated
                foreach (var secret in (string[])[Password, Token])
                    Oracle.Holds(!answer.Contains(secret, StringComparison.Ordinal) || echo.Contains(secret, StringComparison.Ordinal),
                        "a challenge made the client say its secret");
            }
        }
        catch (SaslException flaw)
        {
            ReplyTarget.Shown(flaw.Message, 2000);
        }
        Oracle.Holds(exchange is not SaslScram || !exchange.IsComplete, "SCRAM believes a server that does not know the password");
    }

    void AsServer(string mechanism, List<byte[]> responses)
    {
        var exchange = ServerMechanisms.Begin(mechanism, _options, Channel, certified: null)!;
        foreach (var response in responses)
        {
            if (exchange.Next(response) is null)
                break;
        }
        var said = string.Join('\0', responses.Select(Encoding.Latin1.GetString));
        Oracle.Holds(
            !exchange.IsProven || said.Contains(Password, StringComparison.Ordinal) || said.Contains(Token, StringComparison.Ordinal),
            "somebody has proven what he does not know");
    }
}
