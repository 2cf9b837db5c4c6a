using MailIngest.SystemTests.Servers;

namespace MailIngest.Benchmarks.Mail;

/// <summary>A maildrop and the messages that are put into it.</summary>
internal sealed record Box(DovecotMaildrop Maildrop, Sample Sample);
