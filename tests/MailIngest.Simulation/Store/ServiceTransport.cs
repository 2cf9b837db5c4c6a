using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Xml.Linq;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;

namespace MailIngest.Simulation.Store;

/// <summary>One worker's way to the service, below everything that the Azure client does. Each request is an effect that can go wrong; it
/// is answered at once.</summary>
sealed class ServiceTransport(World world, SimulatedWorker worker) : HttpPipelineTransport
{
    const string Metadata = "x-ms-meta-";

    BlobService Service => world.Service;

    public override Request CreateRequest() => HttpClientTransport.Shared.CreateRequest();

    public override void Process(HttpMessage message)
    {
        if (worker.IsDead)
            throw new HungException(); // the process is no more: its request reaches nobody
        var request = message.Request;
        var address = request.Uri.ToUri();
        var name = Uri.UnescapeDataString(address.AbsolutePath)["/mail/".Length..];
        var kind = KindOf(request, address);
        var strike = world.Reach(worker, kind, $"{kind} {name}");
        switch (strike)
        {
            // A blob is read outside of any call to the store: there the real client's own time-out ends the silence.
            case Strike.Hang or Strike.HangAfter when request.Method == RequestMethod.Get:
                throw new IOException("No answer came in time.");
            case Strike.Kill:
            case Strike.Hang:
                throw new HungException();
            case Strike.Before when request.Method == RequestMethod.Head || world.Dice.Chance(0.5):
                throw new RequestFailedException("Connection refused", new SocketException((int)SocketError.ConnectionRefused));
            case Strike.Before:
                message.Response = new ServiceAnswer(503, "ServerBusy");
                return;
            case Strike.Half:
                throw new IOException("The connection was reset half way.", new SocketException((int)SocketError.ConnectionReset));
        }
        message.Response = Answer(kind, name, request, address);
        world.Log.Add("store", $"{kind} {name} for {worker.Name}: {message.Response.Status}");
        if (strike is Strike.After)
        {
            message.Response = null!;
            throw new IOException("The connection was reset before the answer.", new SocketException((int)SocketError.ConnectionReset));
        }
        if (strike is Strike.HangAfter)
            throw new HungException();
    }

    public override ValueTask ProcessAsync(HttpMessage message)
    {
        Process(message);
        return default;
    }

    static EffectKind KindOf(Request request, Uri address) =>
        request.Method == RequestMethod.Put
            ? address.Query.Contains("comp=blocklist", StringComparison.Ordinal) ? EffectKind.PutBlockList
                : address.Query.Contains("comp=block", StringComparison.Ordinal) ? EffectKind.PutBlock : EffectKind.PutBlob
            : EffectKind.Head;

    ServiceAnswer Answer(EffectKind kind, string name, Request request, Uri address) => kind switch
    {
        EffectKind.PutBlob => Put(name, request, Body(request)),
        EffectKind.PutBlock => Stage(name, request, address),
        EffectKind.PutBlockList => PutList(name, request),
        _ => request.Method == RequestMethod.Get ? Read(name, request) : Look(name),
    };

    ServiceAnswer Stage(string name, Request request, Uri address)
    {
        var body = Body(request);
        if (!Md5Fits(request, body))
            return new(400, "Md5Mismatch");
        const string Id = "blockid=";
        var id = address.Query.TrimStart('?').Split('&').First(part => part.StartsWith(Id, StringComparison.Ordinal))[Id.Length..];
        Service.Stage(name, Uri.UnescapeDataString(id), body);
        return new(201);
    }

    ServiceAnswer PutList(string name, Request request)
    {
        using var xml = new MemoryStream(Body(request));
        var ids = XDocument.Load(xml).Root!.Elements().Select(block => block.Value).ToList();
        return Service.Assemble(name, ids) is { } octets ? Put(name, request, octets, isList: true) : new(400, "InvalidBlockList");
    }

    ServiceAnswer Put(string name, Request request, byte[] octets, bool isList = false)
    {
        if (!isList && !Md5Fits(request, octets))
            return new(400, "Md5Mismatch");
        var onlyNew = request.Headers.TryGetValue("If-None-Match", out var condition) && condition == "*";
        if (onlyNew && Service.Find(name) is not null)
            return new(409, "BlobAlreadyExists");
        Service.Put(name, octets, request.Headers.Where(header => header.Name.StartsWith(Metadata, StringComparison.OrdinalIgnoreCase))
            .ToDictionary(header => header.Name[Metadata.Length..], header => header.Value, StringComparer.OrdinalIgnoreCase));
        return new ServiceAnswer(201).With("ETag", "\"0x1\"").With("Last-Modified", "Mon, 23 Nov 2026 08:00:00 GMT");
    }

    ServiceAnswer Look(string name)
    {
        if (Service.Find(name) is not { } blob)
            return new(404, "BlobNotFound");
        var answer = new ServiceAnswer(200).With("ETag", "\"0x1\"").With("Last-Modified", "Mon, 23 Nov 2026 08:00:00 GMT")
            .With("Content-Length", blob.Octets.Length.ToString(CultureInfo.InvariantCulture));
        foreach (var (key, value) in blob.Metadata)
            answer.With(Metadata + key, value);
        return answer;
    }

    /// <summary>What has the name, or the range of it that is asked for.</summary>
    ServiceAnswer Read(string name, Request request)
    {
        var answer = Look(name);
        if (Service.Find(name) is not { } blob)
            return answer;
        var (first, last) = (0, blob.Octets.Length - 1);
        if (request.Headers.TryGetValue("x-ms-range", out var range) || request.Headers.TryGetValue("Range", out range))
        {
            var ends = range["bytes=".Length..].Split('-');
            first = int.Parse(ends[0], CultureInfo.InvariantCulture);
            last = ends[1].Length == 0 ? last : (int)Math.Min(last, long.Parse(ends[1], CultureInfo.InvariantCulture));
        }
        var octets = blob.Octets[first..(last + 1)];
        answer = new ServiceAnswer(206) { ContentStream = new MemoryStream(octets) }
            .With("ETag", "\"0x1\"").With("Last-Modified", "Mon, 23 Nov 2026 08:00:00 GMT")
            .With("Content-Length", octets.Length.ToString(CultureInfo.InvariantCulture))
            .With("Content-Range", string.Create(CultureInfo.InvariantCulture, $"bytes {first}-{last}/{blob.Octets.Length}"));
        foreach (var (key, value) in blob.Metadata)
            answer.With(Metadata + key, value);
        return answer;
    }

    static byte[] Body(Request request)
    {
        using var body = new MemoryStream();
        request.Content?.WriteTo(body, CancellationToken.None);
        return body.ToArray();
    }

#pragma warning disable CA5351 // the service's checksum is MD5
    static bool Md5Fits(Request request, byte[] body) =>
        request.Headers.TryGetValue("Content-MD5", out var md5) && md5 == Convert.ToBase64String(MD5.HashData(body));
#pragma warning restore CA5351
}

/// <summary>No answer comes: nothing in the product knows this exception, so it passes through to the simulated store.</summary>
#pragma warning disable CA1032, CA1064 // thrown and caught within this folder
sealed class HungException() : Exception("no answer comes")
{
    /// <summary>Whether it is one; the client library wraps it when it is the last of several tries.</summary>
    public static bool Is(Exception e) => e is HungException || (e is AggregateException tries && tries.InnerExceptions.Any(Is));
}
#pragma warning restore CA1032, CA1064
