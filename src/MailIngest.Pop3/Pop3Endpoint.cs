namespace MailIngest.Pop3;

/// <summary>How a connection is protected. There is no opportunistic mode: what is asked for is required.</summary>
public enum TlsMode
{
    /// <summary>TLS from the first octet, usually on port 995 (RFC 8314 §3).</summary>
    Implicit,

    /// <summary>The STLS command, usually on port 110; a server without it is refused (RFC 2595 §4).</summary>
    Stls,

    /// <summary>No protection at all.</summary>
    None,
}

/// <summary>Where a server listens, and how the connection to it is protected.</summary>
public sealed record Pop3Endpoint(string Host, int Port, TlsMode Tls)
{
    /// <summary>"host:port"; an IPv6 address in brackets.</summary>
    public override string ToString()
    {
        var host = HostileText.Escape(Host);
        return host.Contains(':') ? $"[{host}]:{Port}" : $"{host}:{Port}";
    }
}
