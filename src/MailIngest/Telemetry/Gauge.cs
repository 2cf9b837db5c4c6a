namespace MailIngest.Telemetry;

/// <summary>A value that is looked up when somebody asks, not counted.</summary>
/// <param name="Name">Dotted, as instruments are named.</param>
/// <param name="Unit">UCUM: <c>s</c>, <c>By</c>, or null for a plain number.</param>
/// <param name="Description">One sentence.</param>
/// <param name="Readings">What it is now; one for each mailbox, or one without.</param>
sealed record Gauge(string Name, string? Unit, string Description, IReadOnlyList<GaugeReading> Readings);

/// <summary>One value of a gauge.</summary>
/// <param name="Mailbox">Whose; null: the worker's.</param>
readonly record struct GaugeReading(string? Mailbox, double Value);
