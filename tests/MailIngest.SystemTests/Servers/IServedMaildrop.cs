namespace MailIngest.SystemTests.Servers;

/// <summary>One user's mail on a server, seen from behind: where tests deliver, and what is left.</summary>
public interface IServedMaildrop
{
    string User { get; }

    string Password { get; }

    /// <summary>Delivers a file with exactly these octets; messages are numbered in the order of delivery.</summary>
    /// <param name="label">By which it is found again in <see cref="Left"/>.</param>
    /// <param name="octets">What the server keeps; what it sends of it is the corpus's <c>Wire</c>.</param>
    /// <param name="sizes">What a maildir's file name claims about the file's sizes.</param>
    void Put(string label, ReadOnlySpan<byte> octets, string sizes = "");

    /// <summary>The labels of the messages that are still there, in the order of delivery.</summary>
    IReadOnlyList<string> Left { get; }
}
