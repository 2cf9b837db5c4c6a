using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MailIngest.SystemTests.Servers;

namespace MailIngest.Benchmarks;

/// <summary>The messages that each peer drains: the same in every run on every machine, of the sizes that real mail has.</summary>
/// <remarks>Sizes are the quantiles of a log-normal distribution, shuffled: median 15 kB, mean 67 kB, none above 5.2 MB.</remarks>
internal sealed class SampleMaildrop
{
    const int Median = 15_400;
    const double Sigma = 1.73;
    const int Smallest = 900;
    const int Largest = 5_200_000;

    readonly string _folder;

    public SampleMaildrop(string folder, int messages)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
        var random = new Random(1939); // a seeded Random repeats on every version of .NET
        var sizes = Enumerable.Range(0, messages).Select(i => Size((i + 0.5) / messages)).ToArray();
        random.Shuffle(sizes);
        for (var number = 1; number <= messages; number++)
            Write(number, sizes[number - 1], random);
        LineFeedHashes.Sort(StringComparer.Ordinal);
        WireHashes.Sort(StringComparer.Ordinal);
    }

    public int Messages => LineFeedHashes.Count;
    public long Octets { get; private set; }

    /// <summary>The SHA-256 of each message with LF line ends, as a Maildir holds it.</summary>
    public List<string> LineFeedHashes { get; } = [];

    /// <summary>The SHA-256 of each message with CRLF line ends, as POP3 sends it.</summary>
    public List<string> WireHashes { get; } = [];

    /// <summary>Puts links to all messages into this folder of a maildir.</summary>
    public void LinkInto(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(_folder))
            if (Libc.Link(file, Path.Combine(folder, Path.GetFileName(file))) != 0)
                throw new IOException($"{file} could not be linked into {folder}.");
    }

    void Write(int number, int size, Random random)
    {
        var text = new StringBuilder(size + 400).Append(CultureInfo.InvariantCulture, $"""
            Return-Path: <sender{number % 97}@example.net>
            Received: from mx{number % 7}.example.net (mx{number % 7}.example.net [192.0.2.{number % 250}])
            	by mail.example.org with ESMTPS id {number:x8}
            	for <box@example.org>; Fri, 20 Nov 2026 {number / 3600 % 24:00}:{number / 60 % 60:00}:{number % 60:00} +0000
            From: Sender {number % 97} <sender{number % 97}@example.net>
            To: box@example.org
            Subject: Sample message {number}
            Message-ID: <{number}.{size}@example.net>
            Date: Fri, 20 Nov 2026 {number / 3600 % 24:00}:{number / 60 % 60:00}:{number % 60:00} +0000
            MIME-Version: 1.0
            Content-Type: application/octet-stream
            Content-Transfer-Encoding: base64


            """);
        var line = new byte[57];
        while (text.Length < size)
        {
            random.NextBytes(line);
            text.Append(Convert.ToBase64String(line)).Append('\n');
        }
        var octets = Encoding.ASCII.GetBytes(text.ToString());
        var wire = Encoding.ASCII.GetBytes(text.Replace("\n", "\r\n").ToString());
        var name = FormattableString.Invariant($"{1_700_000_000 + number}.M{number}P1.bench,S={octets.Length},W={wire.Length}:2,");
        File.WriteAllBytes(Path.Combine(_folder, name), octets);
        Octets += wire.Length;
        LineFeedHashes.Add(Convert.ToHexStringLower(SHA256.HashData(octets)));
        WireHashes.Add(Convert.ToHexStringLower(SHA256.HashData(wire)));
    }

    static int Size(double quantile) => (int)Math.Clamp(Median * Math.Exp(Sigma * Normal(quantile)), Smallest, Largest);

    // The quantile of the normal distribution, by bisection of its distribution function: slow, short and exact enough.
    static double Normal(double quantile)
    {
        var (low, high) = (-8.0, 8.0);
        while (high - low > 1e-9)
        {
            var middle = (low + high) / 2;
            if (Distribution(middle) < quantile)
                low = middle;
            else
                high = middle;
        }
        return low;
    }

    // Abramowitz and Stegun 26.2.17.
    static double Distribution(double x)
    {
        if (x < 0)
            return 1 - Distribution(-x);
        var t = 1 / (1 + 0.2316419 * x);
        var tail = t * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
        return 1 - Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI) * tail;
    }
}
