namespace MailIngest.Benchmarks.Measuring;

/// <summary>What one run of a program cost: seconds of wall and processor time of its whole process tree, and the peak of its largest
/// process.</summary>
internal sealed record Cost(double Wall, double Processor, double PeakMegabytes)
{
    /// <summary>Measured on a share of the mail: as long as it would have taken for all of it. Memory does not grow with the share.</summary>
    public Cost Times(double factor) => this with { Wall = Wall * factor, Processor = Processor * factor };
}
