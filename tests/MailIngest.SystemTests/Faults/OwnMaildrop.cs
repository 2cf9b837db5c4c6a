using MailIngest.Pop3.Server;
using MailIngest.SystemTests.Servers;

namespace MailIngest.SystemTests.Faults;

/// <summary>One user's mail on our own server.</summary>
internal sealed class OwnMaildrop(string user, string password) : IServedMaildrop
{
    readonly Dictionary<string, string> _labels = new(StringComparer.Ordinal);

    public string User => user;

    public string Password => password;

    public Maildrop Maildrop { get; } = new();

    public IReadOnlyList<string> Left => [.. Maildrop.Messages.Select(message => _labels[message.UniqueId])];

    public void Put(string label, ReadOnlySpan<byte> octets, string sizes = "") => _labels[Maildrop.Add(octets.ToArray()).UniqueId] = label;
}
