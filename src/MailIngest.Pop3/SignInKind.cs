namespace MailIngest.Pop3;

/// <summary>What a user has to prove who he is.</summary>
enum SignInKind
{
    Password,
    Token,
    Certificate,
}
