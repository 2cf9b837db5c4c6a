namespace MailIngest.Pop3.Tests.Tls;

/// <summary>The ends that many cases share.</summary>
static class Ends
{
    public static readonly End NotAnnounced = End.Of<Pop3TlsException>(
        "STLS is required, and the server does not announce it; nothing was sent.");

    public static readonly End StlsRefused = End.Of<Pop3TlsException>("STLS is required and was refused: -ERR");

    public static readonly End Injected = End.Of<Pop3TlsException>(
        "followed the answer to STLS without protection: somebody may be tampering with the connection; nothing was sent.");

    public static readonly End NoHandshake = End.Of<Pop3TlsException>("the TLS handshake failed");

    public static readonly End Refused = End.Of<Pop3RefusedException>("the connection was refused: -ERR");

    public static End Nonsense(string words) => End.Of<Pop3ProtocolException>(words);
}
