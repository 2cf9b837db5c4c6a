using System.Globalization;
using MailIngest.Benchmarks.Libraries;

// MailIngest.Benchmarks.Libraries mailkit-one|mailkit-batch PORT MAILBOXES FOLDER AT-ONCE    a mailbox per line: "user password"
// MailIngest.Benchmarks.Libraries mailkit-poll PORT MAILBOXES KNOWN                          KNOWN: a unique-id per line
// MailIngest.Benchmarks.Libraries azure PORT MESSAGES OCTETS AT-ONCE WARM-UP
return args switch
{
    ["mailkit-one", var port, var boxes, var folder, var atOnce] => MailKitReader.Drain(Number(port), boxes, folder, Number(atOnce), inBatches: false),
    ["mailkit-batch", var port, var boxes, var folder, var atOnce] => MailKitReader.Drain(Number(port), boxes, folder, Number(atOnce), inBatches: true),
    ["mailkit-poll", var port, var boxes, var known] => MailKitReader.Poll(Number(port), boxes, known),
    ["azure", var port, var messages, var octets, var atOnce, var warmUp] =>
        await AzureUploader.UploadAsync(Number(port), Number(messages), Number(octets), Number(atOnce), Number(warmUp)),
    _ => 64,
};

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
