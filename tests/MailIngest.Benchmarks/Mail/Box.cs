using MailIngest.SystemTests.Servers;

namespace MailIngest.Benchmarks.Mail;

/// <summary>A maildrop, and the messages in it that are to be fetched.</summary>
internal record Box(string User, string Password, Sample Sample);

/// <summary>One of Dovecot's.</summary>
internal sealed record DovecotBox(DovecotMaildrop Maildrop, Sample Sample) : Box(Maildrop.User, Maildrop.Password, Sample);
