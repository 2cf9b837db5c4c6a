namespace MailIngest.Benchmarks.Measuring;

/// <summary>The C programs of Native/, as Native/build.sh built them.</summary>
internal sealed class NativeTools(string folder)
{
    public string Launch => At("launch");
    public string Floor => At("floor");
    public string Delay => At("delay");
    public string Sink => At("sink");
    public string Maildrop => At("maildrop");

    string At(string name)
    {
        var program = Path.Combine(folder, name);
        return File.Exists(program) ? program : throw new InvalidOperationException($"{program} is missing: build it with Native/build.sh.");
    }
}
