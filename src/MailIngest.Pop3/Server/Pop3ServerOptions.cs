using System.Collections.Frozen;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using MailIngest.Pop3.Server.Sasl;

namespace MailIngest.Pop3.Server;

/// <summary>What a <see cref="Pop3Server"/> offers, to whom, and how it misbehaves.</summary>
public sealed record Pop3ServerOptions
{
    /// <summary>The shortest autologout that RFC 1939 §3 allows.</summary>
    public static readonly TimeSpan LeastAutoLogout = TimeSpan.FromMinutes(10);

    /// <summary>The users by name; names are case-sensitive.</summary>
    public IReadOnlyDictionary<string, Pop3Account> Accounts { get; init; } = FrozenDictionary<string, Pop3Account>.Empty;

    /// <summary>How connections are protected; anything but <see cref="TlsMode.None"/> needs a <see cref="Certificate"/>.</summary>
    public TlsMode Tls { get; init; } = TlsMode.None;

    /// <summary>The server's certificate with its private key.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>Who may vouch for client certificates: with any, clients are asked for one, and EXTERNAL, if it is among
    /// <see cref="Sasl"/>, is offered to those who show one. Its user is the e-mail address among its alternative names, else its common
    /// name.</summary>
    public IReadOnlyList<X509Certificate2> ClientAuthorities { get; init; } = [];

    /// <summary>Where to listen; loopback unless told otherwise.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The port to listen on; 0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>Measures the autologout and the login delay.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>A session that receives no command for so long ends silently and removes nothing (RFC 1939 §3). At least ten
    /// minutes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Shorter than <see cref="LeastAutoLogout"/>.</exception>
    public TimeSpan AutoLogout
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, LeastAutoLogout);
            field = value;
        }
    } = LeastAutoLogout;

    /// <summary>CAPA is implemented (RFC 2449 §5); otherwise it is an unknown command.</summary>
    public bool AnnounceCapa { get; init; } = true;

    /// <summary>PIPELINING is announced (RFC 2449 §6.6). Commands are answered in order either way.</summary>
    public bool Pipelining { get; init; } = true;

    /// <summary>PIPELINING is announced in the TRANSACTION state only, as Gmail does.</summary>
    public bool CapaPipeliningOnlyAfterSignIn { get; init; }

    /// <summary>TOP is implemented and announced.</summary>
    public bool Top { get; init; } = true;

    /// <summary>UIDL is implemented and announced.</summary>
    public bool Uidl { get; init; } = true;

    /// <summary>RESP-CODES is announced and refusals carry codes (RFC 2449 §6.4, §8).</summary>
    public bool RespCodes { get; init; } = true;

    /// <summary>AUTH-RESP-CODE is announced and a wrong credential is answered with [AUTH] (RFC 3206).</summary>
    public bool AuthRespCode { get; init; } = true;

    /// <summary>The greeting carries a timestamp and APOP is implemented, for the accounts that ask for it.</summary>
    public bool Apop { get; init; }

    /// <summary>The mechanisms of AUTH, in the order in which they are announced (RFC 5034): PLAIN, CRAM-MD5, SCRAM-SHA-1, SCRAM-SHA-256
    /// and these two with -PLUS (under TLS only), OAUTHBEARER, XOAUTH2, EXTERNAL (to who has shown a
    /// certificate of <see cref="ClientAuthorities"/>). None: AUTH is an unknown command.</summary>
    /// <exception cref="ArgumentException">One is none of these.</exception>
    public IReadOnlyList<string> Sasl
    {
        get;
        init
        {
            if (value.FirstOrDefault(name => !ServerMechanisms.Names.Contains(name)) is { } unknown)
                throw new ArgumentException($"{unknown} is none of {string.Join(", ", ServerMechanisms.Names)}.", nameof(value));
            field = value;
        }
    } = ["PLAIN"];

    /// <summary>UTF8 is implemented and announced, names and passwords included (RFC 6856).
    /// A message with 8-bit octets in its header is then refused with [UTF8] until the client has asked for UTF8.</summary>
    public bool Utf8 { get; init; }

    /// <summary>With <see cref="TlsMode.Stls"/>: passwords are also taken before STLS, which RFC 5034 §4 advises against.</summary>
    public bool CleartextBeforeStls { get; init; }

    /// <summary>The least time between two sign-ins of one user: announced as LOGIN-DELAY and enforced (RFC 2449 §6.5).</summary>
    public TimeSpan? LoginDelay { get; init; }

    /// <summary>Further lines of the CAPA answer, announced and no more: "EXPIRE 0", "LOGIN-DELAY 900".</summary>
    public IReadOnlyList<string> ExtraCapabilities { get; init; } = [];

    /// <summary>Takes what Dovecot takes: several spaces, surplus arguments, lines that end with LF alone.</summary>
    public bool Lenient { get; init; }

    /// <summary>What the server does wrong on purpose.</summary>
    public FaultScript Faults { get; init; } = FaultScript.None;
}
