using System.Text;
using MailIngest.Pop3.Server;

namespace MailIngest.Simulation;

/// <summary>A server that writes a <c>Status:</c> field into what it sends, another one at each RETR; the truth hears of each.</summary>
static class VolatileHeader
{
    public static FaultScript VariesStatus(this FaultPoint at, Truth truth) => at.Does(new Fault
    {
        Name = "volatile header",
        Body = message =>
        {
            var lines = message.Lines();
            byte[] varied = [.. Encoding.ASCII.GetBytes($"Status: R{message.Occurrence}\r\n"), .. lines];
            truth.Varied(lines, varied);
            return varied;
        },
    });
}
