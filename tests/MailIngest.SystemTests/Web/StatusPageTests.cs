using Xunit;

namespace MailIngest.SystemTests.Web;

/// <summary>The status page as people see it: in a real browser.</summary>
[Trait("Needs", "chromium")]
public sealed class StatusPageTests
{
    const string Overhang = "document.documentElement.scrollWidth - document.documentElement.clientWidth";

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_says_first_what_needs_a_look_and_names_each_mailbox_with_its_trouble()
    {
        await using var browser = await Chromium.StartAsync();
        await using var world = await StatusWorld.StartAsync();
        await world.SampleAsync();

        await browser.GoAsync(world.Address);
        await browser.UntilAsync("document.getElementById('live').className === 'on'");

        Assert.Equal("3 of 12 mailboxes need a look", (string?)await browser.EvaluateAsync("document.querySelector('h1').innerText"));
        Assert.Equal(["complaints", "invoices", "orders", "archive"], Strings(await browser.EvaluateAsync(
            "[...document.querySelectorAll('tbody th')].slice(0, 4).map(each => each.innerText)")));
        Assert.Contains("[AUTH] invalid credentials",
            (string?)await browser.EvaluateAsync("document.querySelector('.suspended').innerText"), StringComparison.Ordinal);
        Assert.Contains(
            "2026-06-01 11:", (string?)await browser.EvaluateAsync("document.querySelector('.ok time').title"), StringComparison.Ordinal);
        Assert.Equal("(3) MailIngest", (string?)await browser.EvaluateAsync("document.title"));
    }

    [Fact]
    public async Task A_change_shows_up_without_a_reload_and_the_reader_keeps_place_and_filter()
    {
        await using var browser = await Chromium.StartAsync(height: 500);
        await using var world = await StatusWorld.StartAsync();
        await world.SampleAsync();
        await browser.GoAsync(world.Address);
        await browser.UntilAsync("document.getElementById('live').className === 'on'");
        await browser.EvaluateAsync(
            "const find = document.getElementById('find'); window.kept = true; find.value = 'a'; find.dispatchEvent(new "
                + "Event('input')); scrollTo(0, 200)");
        Assert.Equal("fine", (string?)await browser.EvaluateAsync(StateOf("sales")));

        await world.LearnAsync("sales", fine => fine with { Failures = 1, LastError = "the server hung up" });
        world.Later(TimeSpan.FromSeconds(2));

        await browser.UntilAsync($"{StateOf("sales")} === 'failing'");
        Assert.True((bool?)await browser.EvaluateAsync("window.kept && scrollY === 200 && document.getElementById('find').value === 'a'"));
        Assert.Equal("hidden", (string?)await browser.EvaluateAsync(StateOf("events", "tbody.hidden ? 'hidden' : 'shown'")));
    }

    [Fact]
    public async Task A_worker_that_does_not_answer_any_more_is_said_and_its_last_news_stay()
    {
        await using var browser = await Chromium.StartAsync();
        await using var world = await StatusWorld.StartAsync();
        await world.SampleAsync();
        await browser.GoAsync(world.Address);
        await browser.UntilAsync("document.getElementById('live').className === 'on'");

        await world.DieAsync();

        await browser.UntilAsync("document.getElementById('live').innerText.startsWith('The worker has not answered since ')");
        Assert.Equal(13, (int?)await browser.EvaluateAsync("document.querySelectorAll('tbody').length"));
    }

    [Fact]
    public async Task Without_JavaScript_the_page_is_whole_and_refreshes_itself()
    {
        await using var browser = await Chromium.StartAsync();
        await using var world = await StatusWorld.StartAsync();
        await world.SampleAsync();
        await browser.WithoutJavaScriptAsync();

        await browser.GoAsync(world.Address);

        Assert.Equal(13, (int?)await browser.EvaluateAsync("document.querySelectorAll('tbody').length"));
        Assert.Equal("15", (string?)await browser.EvaluateAsync("document.querySelector('meta[http-equiv=refresh]').content"));
        Assert.Equal("As of 12:00:00 UTC", (string?)await browser.EvaluateAsync("document.getElementById('live').innerText"));
        Assert.True((bool?)await browser.EvaluateAsync("document.getElementById('filter').hidden"));
    }

    [Theory]
    [InlineData(390)]
    [InlineData(320)]
    [InlineData(761)]
    public async Task Nothing_sticks_out_of_a_narrow_window_whatever_a_server_answers(int width)
    {
        await using var browser = await Chromium.StartAsync(width, 844);
        await using var world = await StatusWorld.StartAsync();
        await world.SampleAsync();
        await world.AddAsync(new string('m', 64), traits: fine => fine with { Failures = 12_345, LastError = new string('x', 2_000) });

        await browser.GoAsync(world.Address);

        Assert.Equal(0, (int?)await browser.EvaluateAsync(Overhang));
    }

    [Fact]
    public async Task It_follows_the_readers_light_or_dark()
    {
        await using var browser = await Chromium.StartAsync();
        await using var world = await StatusWorld.StartAsync();
        await world.SampleAsync();
        await browser.DarkAsync(false);
        await browser.GoAsync(world.Address);
        await browser.UntilAsync("document.getElementById('live').className === 'on'");
        var light = await PictureAsync(browser, "status-light");

        await browser.DarkAsync(true);
        var dark = await PictureAsync(browser, "status-dark");

        Assert.NotEqual(light, dark);
        Assert.Equal("rgb(18, 19, 21)", (string?)await browser.EvaluateAsync("getComputedStyle(document.body).backgroundColor"));
        await browser.SizeAsync(390, 844);
        await PictureAsync(browser, "phone-dark");
        await browser.DarkAsync(false);
        await PictureAsync(browser, "phone-light");
    }

    [Fact]
    public async Task Nothing_that_a_server_said_becomes_part_of_the_page()
    {
        await using var browser = await Chromium.StartAsync();
        await using var world = await StatusWorld.StartAsync();
        await world.AddAsync("sales", traits: fine => fine with
        {
            Failures = 1,
            LastError = "</style></script><script>window.owned = 1</script><img src=x onerror='window.owned = 1'>\"><b "
                + "id=bold>\u202e\u0007 &lt;i&gt;",
        });

        await browser.GoAsync(world.Address);
        await browser.UntilAsync("document.getElementById('live').className === 'on'");

        Assert.False((bool?)await browser.EvaluateAsync(
            "'owned' in window || !!document.getElementById('bold') || !!document.querySelector('img')"));
        var said = (string?)await browser.EvaluateAsync("document.querySelector('.why').innerText");
        Assert.Contains("<img src=x onerror=", said, StringComparison.Ordinal);
        Assert.Contains(@"\u202e\x07 &lt;i&gt;", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_thousand_mailboxes_are_less_than_a_megabyte_and_one_of_them_is_found_by_its_name()
    {
        await using var browser = await Chromium.StartAsync();
        await using var world = await StatusWorld.StartAsync();
        for (var number = 0; number < 1_000; number++)
            await world.AddAsync($"customer-{number:0000}", traits: number % 10 == 0 ? fine =>
                fine with { Failures = 2, LastError = "the server did not answer within 30 s" } : null);
        using var http = new HttpClient();
        Assert.InRange((await http.GetByteArrayAsync(world.Address, Stop)).Length, 100_000, 1_000_000);

        await browser.GoAsync(world.Address);
        await browser.UntilAsync("!document.getElementById('filter').hidden");
        await browser.EvaluateAsync(
            "const find = document.getElementById('find'); find.value = 'customer-0815'; find.dispatchEvent(new Event('input'))");

        Assert.Equal("1 of 1000", (string?)await browser.EvaluateAsync("document.querySelector('output').innerText"));
        await PictureAsync(browser, "thousand");
    }

    [Fact]
    public async Task Before_the_first_mailbox_the_page_says_what_to_do()
    {
        await using var browser = await Chromium.StartAsync();
        await using var world = await StatusWorld.StartAsync();

        await browser.GoAsync(world.Address);

        Assert.Contains(
            "Put one file for each mailbox", (string?)await browser.EvaluateAsync("document.body.innerText"), StringComparison.Ordinal);
        await PictureAsync(browser, "empty");
    }

    [Fact]
    public async Task What_is_wrong_with_the_worker_itself_stands_above_all()
    {
        await using var browser = await Chromium.StartAsync();
        await using var world = await StatusWorld.StartAsync();
        await world.SampleAsync();
        world.StoreProblem = "the container mail answers 403; check the identity's role (Storage Blob Data Contributor)";
        world.Wrong("sales", "is \"5 min\"; write a duration such as \"5m\"");
        world.Clock.Advance(TimeSpan.FromMinutes(1));

        await browser.GoAsync(world.Address);

        Assert.Equal("The scheduler has stopped", (string?)await browser.EvaluateAsync("document.querySelector('h1').innerText"));
        Assert.Equal(3, (int?)await browser.EvaluateAsync("document.querySelectorAll('.alerts li').length"));
        await PictureAsync(browser, "bad");
    }

    static string StateOf(string mailbox, string what = "tbody.querySelector('.s').innerText.toLowerCase()") =>
        $"(tbody => {what})([...document.querySelectorAll('tbody')].find(each => each.querySelector('th').innerText === '{mailbox}'))";

    static string[] Strings(System.Text.Json.Nodes.JsonNode? array) => [.. array!.AsArray().Select(each => (string)each!)];

    /// <summary>A screenshot; kept where MAILINGEST_SCREENSHOTS says.</summary>
    static async Task<byte[]> PictureAsync(Chromium browser, string name)
    {
        var picture = await browser.ScreenshotAsync();
        if (Environment.GetEnvironmentVariable("MAILINGEST_SCREENSHOTS") is { Length: > 0 } folder)
            await File.WriteAllBytesAsync(Path.Combine(folder, $"{name}.png"), picture, Stop);
        return picture;
    }
}
