using System.Text.Json;
using MailIngest.Status;

namespace MailIngest.Commands;

/// <summary>The mailboxes as one JSON object, for scripts: times are RFC 3339 in UTC, what is not known is null.</summary>
static class StatusJson
{
    public static byte[] Text(IReadOnlyList<MailboxStatus> mailboxes, DateTimeOffset now)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            Write(json, "at", now);
            json.WriteStartArray("mailboxes");
            foreach (var mailbox in mailboxes)
                Write(json, mailbox);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return text.ToArray();
    }

    static void Write(Utf8JsonWriter json, MailboxStatus mailbox)
    {
        json.WriteStartObject();
        json.WriteString("mailbox", mailbox.Mailbox);
        json.WriteString("state", mailbox.State.Name());
        Write(json, "lastAttempt", mailbox.LastAttempt);
        Write(json, "lastSuccess", mailbox.LastSuccess);
        Write(json, "nextPoll", mailbox.NextPoll);
        json.WriteNumber("failures", mailbox.Failures);
        json.WriteNumber("unstoredMessages", mailbox.Unstored.Messages);
        json.WriteNumber("unstoredOctets", mailbox.Unstored.Octets);
        Write(json, "oldestUnstored", mailbox.Unstored.OldestSeen);
        json.WriteNumber("quarantined", mailbox.Unstored.Quarantined);
        json.WriteString("lastError", mailbox.LastError);
        Write(json, "certificateExpires", mailbox.CertificateExpires);
        json.WriteEndObject();
    }

    static void Write(Utf8JsonWriter json, string name, DateTimeOffset? time)
    {
        if (time is { } known)
            json.WriteString(name, known.UtcDateTime);
        else
            json.WriteNull(name);
    }
}
