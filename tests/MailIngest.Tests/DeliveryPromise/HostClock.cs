using Microsoft.Extensions.Time.Testing;

namespace MailIngest.Tests.DeliveryPromise;

/// <summary>A host's time: its calendar can jump, in both directions, while what is measured goes on steadily.</summary>
sealed class HostClock(DateTimeOffset start) : FakeTimeProvider(start)
{
    TimeSpan _jumped;

    public HostClock() : this(new DateTimeOffset(2026, 11, 23, 8, 0, 0, TimeSpan.Zero))
    {
    }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _jumped;

    public override long GetTimestamp() => base.GetUtcNow().Ticks;

    public void Jump(TimeSpan by) => _jumped += by;
}
