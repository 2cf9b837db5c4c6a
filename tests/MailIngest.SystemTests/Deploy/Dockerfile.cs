namespace MailIngest.SystemTests.Deploy;

/// <summary>A Dockerfile, as far as our rules look at it.</summary>
internal sealed record Dockerfile(IReadOnlyList<DockerfileLine> Lines)
{
    /// <summary>Reads the text: comments are left out, and a line that ends with a backslash goes on.</summary>
    public static Dockerfile Parse(string text)
    {
        var lines = new List<DockerfileLine>();
        var begun = "";
        foreach (var line in text.Split('\n').Select(each => each.Trim()).Where(each => each.Length > 0 && !each.StartsWith('#')))
        {
            begun += line.TrimEnd('\\');
            if (line.EndsWith('\\')) continue;
            var (word, rest) = begun.Split(' ', 2) is [var first, var second] ? (first, second.Trim()) : (begun, "");
            lines.Add(new(word, rest));
            begun = "";
        }
        return new(lines);
    }

    public IEnumerable<string> Each(string instruction) => Lines.Where(line => line.Instruction == instruction).Select(line => line.Rest);

    /// <summary>What the last stage says, after its FROM.</summary>
    public Dockerfile Final =>
        new([.. Lines.Skip(Lines.ToList().FindLastIndex(line => line.Instruction == "FROM") + 1)]);
}

/// <summary>One instruction with what follows it.</summary>
internal sealed record DockerfileLine(string Instruction, string Rest)
{
    /// <summary>The words that are no option.</summary>
    public string[] Words =>
        [.. Rest.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(word => !word.StartsWith("--", StringComparison.Ordinal))];
}
