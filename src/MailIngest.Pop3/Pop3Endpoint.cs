namespace MailIngest.Pop3;

/// <summary>Where a POP3 server listens and how to encrypt the way there.</summary>
public sealed record Pop3Endpoint(string Host, int Port, TlsMode Tls)
{
    public override string ToString() => $"{Host}:{Port}";
}
