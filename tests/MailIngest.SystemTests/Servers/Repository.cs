namespace MailIngest.SystemTests.Servers;

/// <summary>The checkout that the running tests were built from.</summary>
internal static class Repository
{
    static readonly string Root = FindRoot();

    public static string At(params string[] parts) => Path.Combine([Root, .. parts]);

    static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "MailIngest.sln")))
                return folder.FullName;
        throw new InvalidOperationException($"No MailIngest.sln above {AppContext.BaseDirectory}: run the tests in the repository.");
    }
}
