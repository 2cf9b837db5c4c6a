namespace MailIngest.SystemTests.Worker;

/// <summary>The exit codes that users script against: written out once more, so that none changes unseen.</summary>
internal enum ExitCode
{
    Done = 0,
    Found = 1,
    Usage = 64,
    ServerUnreachable = 69,
    Internal = 70,
    StoreFailed = 73,
    Temporary = 75,
    SignInRefused = 77,
    ConfigurationInvalid = 78,
}
