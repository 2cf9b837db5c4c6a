using System.Globalization;
using MailKit.Net.Pop3;
using MailKit.Security;

namespace MailIngest.Benchmarks.Libraries;

/// <summary>MailKit: one message after the other, or batches, which it pipelines. A batch is held in memory; nothing is synced.</summary>
static class MailKitReader
{
    const int BatchMessages = 128;
    const int BatchOctets = 32 << 20;

    /// <summary>Drains each mailbox into a folder of its own, so many at once.</summary>
    public static int Drain(int port, string mailboxes, string folder, int atOnce, bool inBatches)
    {
        var boxes = new Queue<string>(File.ReadLines(mailboxes));
        var threads = Enumerable.Range(0, Math.Min(atOnce, boxes.Count)).Select(_ => new Thread(() =>
        {
            while (Next(boxes) is { } box)
                DrainOne(port, box.Split(' '), folder, inBatches);
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return 0;
    }

    /// <summary>Looks for unique-ids that are not known.</summary>
    public static int Poll(int port, string mailboxes, string known)
    {
        var seen = new HashSet<string>(File.ReadLines(known), StringComparer.Ordinal);
        using var client = Open(port, File.ReadLines(mailboxes).Single().Split(' '));
        var fresh = client.Count == 0 ? 0 : client.GetMessageUids().Count(id => !seen.Contains(id));
        client.Disconnect(quit: true);
        return fresh == 0 ? 0 : 1;
    }

    static string? Next(Queue<string> boxes)
    {
        lock (boxes)
            return boxes.TryDequeue(out var box) ? box : null;
    }

    static void DrainOne(int port, string[] account, string folder, bool inBatches)
    {
        folder = Directory.CreateDirectory(Path.Combine(folder, account[0])).FullName;
        using var client = Open(port, account);
        if (inBatches)
            ReadInBatches(client, folder);
        else
            ReadOneByOne(client, folder);
        client.Disconnect(quit: true);
    }

    static Pop3Client Open(int port, string[] account)
    {
        var client = new Pop3Client();
        client.Connect("127.0.0.1", port, SecureSocketOptions.None);
        client.Authenticate(account[0], account[1]);
        return client;
    }

    static void ReadOneByOne(Pop3Client client, string folder)
    {
        for (var at = 0; at < client.Count; at++)
        {
            using (var message = client.GetStream(at))
                Write(message, folder, at);
            client.DeleteMessage(at);
        }
    }

    static void ReadInBatches(Pop3Client client, string folder)
    {
        var sizes = client.Count == 0 ? [] : client.GetMessageSizes();
        for (var start = 0; start < sizes.Count;)
        {
            var (count, octets) = (0, 0L);
            while (count < BatchMessages && start + count < sizes.Count && (count == 0 || octets + sizes[start + count] <= BatchOctets))
                octets += sizes[start + count++];
            var messages = client.GetStreams(start, count);
            for (var at = 0; at < count; at++)
                using (messages[at])
                    Write(messages[at], folder, start + at);
            client.DeleteMessages(start, count);
            start += count;
        }
    }

    static void Write(Stream message, string folder, int at)
    {
        using var file = File.Create(Path.Combine(folder, at.ToString(CultureInfo.InvariantCulture)));
        message.CopyTo(file);
    }
}
