namespace MailIngest.Telemetry;

/// <summary>Which MailIngest this is.</summary>
static class WorkerVersion
{
    /// <summary>"0.1.0".</summary>
    public static string Text { get; } = typeof(WorkerVersion).Assembly.GetName().Version!.ToString(3);
}
