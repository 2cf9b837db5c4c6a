namespace MailIngest.SystemTests.Worker;

/// <summary>How the worker reaches Dovecot.</summary>
public enum Transport
{
    Plaintext,
    Stls,
    ImplicitTls,
}
