using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace MailIngest.Benchmarks.Mail;

/// <summary>Writes the files of a <see cref="Sample"/>: a header as servers write it, and random octets in base64.</summary>
internal sealed class SampleWriter(string folder)
{
    const int LineOctets = 57;

    readonly Random _random = new(1939);

    public SampleMessage Write(int number, long size)
    {
        using var lineFeeds = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var wire = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var body = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var path = Path.Combine(folder, number.ToString(CultureInfo.InvariantCulture));
        var header = Encoding.ASCII.GetBytes(Header(number, size));
        var (octets, lines) = ((long)header.Length, header.Count((byte)'\n'));
        using (var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16))
        {
            file.Write(header);
            lineFeeds.AppendData(header);
            wire.AppendData(Encoding.ASCII.GetBytes(Header(number, size).Replace("\n", "\r\n", StringComparison.Ordinal)));

            // Many lines at a time: hashing each by itself would take longer than all the rest.
            var text = new byte[400 * (Base64.GetMaxEncodedToUtf8Length(LineOctets) + 2)];
            while (octets < size)
            {
                var count = (int)Math.Min(400, (size - octets) / (Base64.GetMaxEncodedToUtf8Length(LineOctets) + 1) + 1);
                var random = new byte[count * LineOctets];
                _random.NextBytes(random);
                var unix = Lines(random, "\n"u8, text);
                file.Write(unix);
                lineFeeds.AppendData(unix);
                body.AppendData(unix);
                (octets, lines) = (octets + unix.Length, lines + count);
                wire.AppendData(Lines(random, "\r\n"u8, text));
            }
        }
        var name = FormattableString.Invariant($"{SampleMessage.UniquePart(number)}.bench,S={octets},W={octets + lines}:2,");
        File.Move(path, Path.Combine(folder, name));
        return new SampleMessage(name, octets + lines, Hex(lineFeeds), Hex(wire), Hex(body));
    }

    static string Hex(IncrementalHash hash) => Convert.ToHexStringLower(hash.GetHashAndReset());

    static ReadOnlySpan<byte> Lines(ReadOnlySpan<byte> octets, ReadOnlySpan<byte> end, Span<byte> text)
    {
        var length = 0;
        for (; !octets.IsEmpty; octets = octets[LineOctets..])
        {
            Base64.EncodeToUtf8(octets[..LineOctets], text[length..], out _, out var written);
            end.CopyTo(text[(length + written)..]);
            length += written + end.Length;
        }
        return text[..length];
    }

    static string Header(int number, long size) => string.Create(CultureInfo.InvariantCulture, $"""
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
}
