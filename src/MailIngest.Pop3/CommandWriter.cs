using System.Buffers;

namespace MailIngest.Pop3;

/// <summary>
/// Sends commands in the background: whoever appends one never waits for the network, so a server that writes before it reads
/// cannot lock both sides (RFC 2449 §6.6). What fails is told to <paramref name="failed"/>, once.
/// </summary>
sealed class CommandWriter(Stream stream, Action<Exception> failed, CancellationToken closed)
{
    readonly Lock _gate = new();
    ArrayBufferWriter<byte> _waiting = new();
    ArrayBufferWriter<byte> _sending = new();
    bool _busy;

    public void Append(ReadOnlySpan<byte> octets)
    {
        lock (_gate) _waiting.Write(octets);
    }

    /// <summary>Starts sending what was appended, unless that is under way already.</summary>
    public void Flush()
    {
        lock (_gate)
        {
            if (_busy || _waiting.WrittenCount == 0) return;
            _busy = true;
        }
        _ = SendAsync();
    }

    async Task SendAsync()
    {
        try
        {
            while (TakeWaiting())
            {
                await stream.WriteAsync(_sending.WrittenMemory, closed);
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
        lock (_gate)
        {
            _sending.ResetWrittenCount();
            (_waiting, _sending) = (_sending, _waiting);
            return _busy = _sending.WrittenCount > 0;
        }
    }
}
