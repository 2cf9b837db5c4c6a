using System.Text;

namespace MailIngest.Pop3.Server.Sasl;

/// <summary>EXTERNAL (RFC 4422 appendix A): the client's certificate has said who signs in, before any command.</summary>
/// <param name="find">The accounts.</param>
/// <param name="certified">Whose certificate the client has shown.</param>
sealed class ServerExternal(Func<string, Pop3Account?> find, string certified) : ServerExchange
{
    /// <summary>Whom it wants to act as: itself, by name or by saying nothing. There are no masters here.</summary>
    public override byte[]? Next(byte[] response)
    {
        if (response.Contains((byte)0))
            return Malformed("that is not EXTERNAL: NUL in an authorization identity");
        User = certified;
        IsProven = find(certified) is { Apop: false }
            && (response.Length == 0 || response.SequenceEqual(Encoding.UTF8.GetBytes(certified)));
        return null;
    }
}
