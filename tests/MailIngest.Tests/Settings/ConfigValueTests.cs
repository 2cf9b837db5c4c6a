using MailIngest.Settings;
using Xunit;

namespace MailIngest.Tests.Settings;

/// <summary>Durations, sizes and guesses at misspelt words.</summary>
public class ConfigValueTests
{
    [Theory]
    [InlineData("30s", 30)]
    [InlineData("5m", 300)]
    [InlineData("1h30m", 5400)]
    [InlineData("7d", 604_800)]
    [InlineData("1d2h3m4s", 93_784)]
    [InlineData("90m", 5400)]
    [InlineData("0s", 0)]
    public void A_duration_is_a_sum_of_units(string text, int seconds)
    {
        Assert.True(ConfigDuration.TryParse(text, out var duration));
        Assert.Equal(TimeSpan.FromSeconds(seconds), duration);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("m")]
    [InlineData("-5m")]
    [InlineData("5 m")]
    [InlineData("5M")]
    [InlineData("1.5h")]
    [InlineData("30m1h")]
    [InlineData("5m5m")]
    [InlineData("00:05:00")]
    [InlineData("5ms")]
    [InlineData("99999999d")]
    [InlineData("٣m")]
    public void Anything_else_is_no_duration(string text) => Assert.False(ConfigDuration.TryParse(text, out _));

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(60, "1m")]
    [InlineData(5400, "1h30m")]
    [InlineData(93_784, "1d2h3m4s")]
    public void A_duration_is_written_as_it_is_read(int seconds, string text) => Assert.Equal(text, ConfigDuration.Format(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData("0B", 0)]
    [InlineData("10MB", 10_000_000)]
    [InlineData("10 mb", 10_000_000)]
    [InlineData("64KiB", 65_536)]
    [InlineData("1TiB", 1L << 40)]
    [InlineData("3GB", 3_000_000_000)]
    public void A_size_is_a_number_with_a_unit(string text, long octets)
    {
        Assert.True(ConfigSize.TryParse(text, out var read));
        Assert.Equal(octets, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("MB")]
    [InlineData("10")]
    [InlineData("10M")]
    [InlineData("-1MB")]
    [InlineData("1.5GB")]
    [InlineData("9223372036854775807KB")]
    [InlineData("99999999999999999999B")]
    public void Anything_else_is_no_size(string text) => Assert.False(ConfigSize.TryParse(text, out _));

    [Theory]
    [InlineData(0, "0B")]
    [InlineData(1, "1B")]
    [InlineData(50_000_000, "50MB")]
    [InlineData(64 << 20, "64MiB")]
    public void A_size_is_written_as_it_is_read(long octets, string text) => Assert.Equal(text, ConfigSize.Format(octets));

    [Theory]
    [InlineData("hsot", "host")]
    [InlineData("HOST", "host")]
    [InlineData("time-out", "timeout")]
    [InlineData("conectTimeout", "connectTimeout")]
    [InlineData("usr", null)]
    [InlineData("colour", null)]
    public void A_misspelt_word_is_guessed_only_when_it_is_near(string word, string? guess) =>
        Assert.Equal(guess, ConfigWords.Nearest(word, ["host", "port", "timeout", "connectTimeout", "username"]));
}
