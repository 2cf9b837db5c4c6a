using System.Net.Sockets;

namespace MailIngest.Pop3;

/// <summary>
/// Opens maildrops: connect, greeting, TLS or STLS, CAPA, UTF8, sign in, CAPA again. Where the CAPA before the sign-in announces PIPELINING,
/// UTF8 goes out with the sign-in, and the last CAPA with the listing: three round trips after the greeting. An announcement from before
/// STLS does not count, for nobody knows who made it.
/// </summary>
public static class Pop3Client
{
    /// <summary>Connects and signs in; the session is in the TRANSACTION state (RFC 1939 §5), its maildrop locked by the server.</summary>
    /// <exception cref="Pop3RefusedException">The greeting or the sign-in was "-ERR".</exception>
    /// <exception cref="Pop3SignInException">The sign-in that was asked for cannot be made with this server.</exception>
    /// <exception cref="Pop3TlsException">The connection cannot be protected as required. Nothing secret was sent.</exception>
    /// <exception cref="Pop3ProtocolException">What answers is not a POP3 server, or not one that can be followed.</exception>
    /// <exception cref="IOException">The network failed.</exception>
    /// <exception cref="TimeoutException">A time in the options has passed.</exception>
    public static async Task<MaildropSession> OpenAsync(Pop3Endpoint server, Pop3SignIn signIn, Pop3Options options, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        var begun = options.Clock.GetTimestamp();
        return await OpenAsync(await ConnectAsync(server, options, stop), server, signIn, options, begun, stop);
    }

    /// <summary>The same over any duplex stream, which the session closes; TLS, when the endpoint asks for it, runs on top.</summary>
    public static Task<MaildropSession> OpenAsync(
        Stream transport, Pop3Endpoint server, Pop3SignIn signIn, Pop3Options options, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(transport);
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        return OpenAsync(transport, server, signIn, options, options.Clock.GetTimestamp(), stop);
    }

    static async Task<MaildropSession> OpenAsync(
        Stream transport, Pop3Endpoint server, Pop3SignIn signIn, Pop3Options options, long begun, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(signIn);
        var connection = new Connection(transport, server, options, begun);
        try
        {
            if (server.Tls == TlsMode.Implicit) await connection.ProtectAsync(stop);
            var greeting = await connection.ReadGreetingAsync(stop);
            connection.Connected();
            if (!greeting.Ok) throw connection.Refused(greeting, isTransient: greeting.Code?.Is(ResponseCode.SysPerm) != true);
            if (server.Tls == TlsMode.Stls) await StlsAsync(connection, options, stop);

            var capabilities = await CapaAsync(connection, options, stop) ?? Capabilities.Unknown;
            var pipelines = capabilities.Pipelining && options.Pipelining != Pipelining.Off;
            // Without it some servers replace a message that has 8-bit headers (RFC 6856 §2.1). A refusal changes nothing.
            if (capabilities.Utf8)
            {
                connection.Send(Command.Of("UTF8"));
                if (!pipelines) await connection.ReadReplyAsync(false, stop);
            }
            if (options.SigningIn is { } signingIn) await signingIn(capabilities);
            await new SignInDialogue(connection, capabilities, greeting, pipelines).RunAsync(signIn, stop);

            // What follows never goes out with the sign-in, although RFC 2449 §6.6 allows it: Courier, which announces PIPELINING, starts
            // another program then, and what the first has read ahead is lost.
            var lists = pipelines && options.ListsFirst;
            // Some servers announce more, or something else, to the user (RFC 2449 §5, §6.5, §6.7).
            if (capabilities.Announced) connection.Send(Command.Of("CAPA"));
            if (lists) MaildropSession.SendListing(connection);
            if (capabilities.Announced) capabilities = await ReadCapaAsync(connection, options, stop) ?? capabilities;
            connection.Secrets = [];
            return new MaildropSession(connection, capabilities, options, lists);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    static async Task<Stream> ConnectAsync(Pop3Endpoint server, Pop3Options options, CancellationToken stop)
    {
        using var deadline = new CancellationTokenSource(options.ConnectTimeout, options.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, deadline.Token);
        try
        {
            return await (options.Connect ?? SocketAsync)(server, either.Token);
        }
        catch (Exception failure)
        {
            stop.ThrowIfCancellationRequested();
            if (deadline.IsCancellationRequested)
                throw new TimeoutException(
                    FormattableString.Invariant($"{server}: no connection within {options.ConnectTimeout.TotalSeconds:0.###} s."), failure);
            if (failure is SocketException) throw new IOException($"{server}: cannot connect: {failure.Message}", failure);
            throw;
        }
    }

    static async ValueTask<Stream> SocketAsync(Pop3Endpoint server, CancellationToken stop)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(server.Host, server.Port, stop);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>RFC 2595 §4. Required: a server that does not offer it, or refuses, is never given a credential.</summary>
    static async Task StlsAsync(Connection connection, Pop3Options options, CancellationToken stop)
    {
        var capabilities = await CapaAsync(connection, options, stop);
        if (capabilities is not { Stls: true })
            throw new Pop3TlsException($"{connection.Server}: STLS is required, and the server does not announce it; nothing was sent.");

        var reply = await connection.AskAsync(Command.Of("STLS"), stop);
        if (!reply.Ok) throw new Pop3TlsException($"{connection.Server}: STLS is required and was refused: {reply}; nothing was sent.");
        await connection.ProtectAsync(stop);
        connection.Connected();
    }

    /// <summary>CAPA (RFC 2449 §5); null when the server does not know it.</summary>
    static async Task<Capabilities?> CapaAsync(Connection connection, Pop3Options options, CancellationToken stop)
    {
        connection.Send(Command.Of("CAPA"));
        return await ReadCapaAsync(connection, options, stop);
    }

    static async Task<Capabilities?> ReadCapaAsync(Connection connection, Pop3Options options, CancellationToken stop)
    {
        var reply = await connection.ReadReplyAsync(true, stop);
        if (!reply.Ok) return null;

        var lines = new List<string>();
        await connection.ReadLinesAsync(AddLine, options.MaxReplyLine, options.MaxCapabilityLines, stop);
        return new Capabilities(lines);

        bool AddLine(ReadOnlySpan<byte> line)
        {
            lines.Add(HostileText.Decode(line));
            return true;
        }
    }
}
