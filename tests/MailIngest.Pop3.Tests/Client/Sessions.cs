using System.Text;

namespace MailIngest.Pop3.Tests.Client;

/// <summary>Short ways to say what many tests do.</summary>
static class Sessions
{
    /// <summary>RETR of one message, read to its end, as Latin-1.</summary>
    public static async Task<string> RetrieveAsync(this MaildropSession session, int number = 1, long octets = 0)
    {
        var text = "";
        await foreach (var message in session.RetrieveAsync([new ScanListing(number, octets)], default, default)) text = await message.ReadAsync();
        return text;
    }

    public static async Task<string> ReadAsync(this RetrievedMessage message)
    {
        using var octets = new MemoryStream();
        await message.Content.CopyToAsync(octets);
        return Encoding.Latin1.GetString(octets.ToArray());
    }

    /// <summary>Retrieves until it fails.</summary>
    public static async Task<string[]> RetrieveAllAsync(this MaildropSession session, IEnumerable<ScanListing> messages)
    {
        var texts = new List<string>();
        await foreach (var message in session.RetrieveAsync([.. messages], default, default))
            texts.Add(message.Refused ? message.Reply.ToString() : await message.ReadAsync());
        return [.. texts];
    }

    public static IEnumerable<ScanListing> Messages(int count, long octets = 0) =>
        Enumerable.Range(1, count).Select(number => new ScanListing(number, octets));
}
