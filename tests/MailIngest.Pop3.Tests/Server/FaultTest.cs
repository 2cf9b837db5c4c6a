namespace MailIngest.Pop3.Tests.Server;

/// <summary>A maildrop of three messages, a, b and c, for a server that misbehaves.</summary>
public abstract class FaultTest : ServerTest
{
    protected const string First = "Subject: 1\r\n\r\none\r\n";
    protected const string Second = "Subject: 2\r\n\r\ntwo\r\n";

    protected FaultTest()
    {
        Add("one\r\n", "a");
        Add("two\r\n", "b");
        Add("three\r\n", "c");
    }
}
