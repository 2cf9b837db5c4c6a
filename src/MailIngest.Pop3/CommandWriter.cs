using System.Buffers;

namespace MailIngest.Pop3;

/// <summary>
/// Sends commands in the background: whoever appends one never waits for the network, so a server that writes before it reads
/// cannot lock both sides (RFC 2449 §6.6). What fails is told to <paramref name="failed"/>, once.
/// </summary>
sealed class CommandWriter(Stream stream, Action<Exception> failed, CancellationToken closed)
{
    readonly Lock gate = new();
    ArrayBufferWriter<byte> waiting = new();
    ArrayBufferWriter<byte> sending = new();
    bool busy;

    public void Append(ReadOnlySpan<byte> octets)
    {
        lock (gate) waiting.Write(octets);
    }

    /// <summary>Starts sending what was appended, unless that is under way already.</summary>
    public void Flush()
    {
        lock (gate)
        {
            if (busy || waiting.WrittenCount == 0) return;
            busy = true;
        }
        _ = SendAsync();
    }

    async Task SendAsync()
    {
        try
        {
            while (TakeWaiting())
            {
                await stream.WriteAsync(sending.WrittenMemory, closed);
                await stream.FlushAsync(closed);
            }
        }
        catch (Exception failure)
        {
            failed(failure);
        }
    }

    bool TakeWaiting()
    {
        lock (gate)
        {
            sending.ResetWrittenCount();
            (waiting, sending) = (sending, waiting);
            return busy = sending.WrittenCount > 0;
        }
    }
}
