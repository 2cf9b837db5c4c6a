using MailIngest.Pop3;

namespace MailIngest.MicroBenchmarks;

/// <summary>A session with an <see cref="AnsweringStream"/>: everything that the client does, without a network.</summary>
static class MemoryMaildrop
{
    public static MaildropSession Open(params byte[][] answers)
    {
        var options = new Pop3Options();
        var connection = new Connection(
            new AnsweringStream(answers), new Pop3Endpoint("pop.example.com", 110, TlsMode.None), options, options.Clock.GetTimestamp());
        return new MaildropSession(connection, new Capabilities(["PIPELINING", "UIDL", "TOP"]), options);
    }
}
