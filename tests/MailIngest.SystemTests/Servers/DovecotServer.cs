using System.Globalization;

namespace MailIngest.SystemTests.Servers;

/// <summary>A real Dovecot on free loopback ports, with a configuration, certificate and users of its own.</summary>
/// <remarks>
/// As root it runs its login processes under the accounts of the Debian package and the maildirs belong to nobody;
/// as an ordinary user everything runs under that user.
/// </remarks>
public sealed class DovecotServer : IAsyncDisposable
{
    public const string Missing = "Dovecot is not installed (Debian: apt-get install dovecot-pop3d); tests/run.sh does it.";

    const int Users = 1100;
    const uint Nobody = 65534;

    readonly string _folder = Directory.CreateTempSubdirectory("mailingest-dovecot-").FullName;
    readonly TestAuthority _authority = new();
    ServerProcess? _process;
    int _usersTaken;

    DovecotServer() { }

    public static bool IsInstalled => Programs.Dovecot is not null;

    /// <summary>Speaks plaintext and offers STLS.</summary>
    public int Port { get; private set; }

    /// <summary>TLS from the first octet.</summary>
    public int TlsPort { get; private set; }

    /// <summary>The certificate to trust for <see cref="DovecotOptions.CertificateNames"/>.</summary>
    public string TrustPem => _authority.CertificatePem;

    /// <summary>What Dovecot logged so far: sign-ins, commands refused, files found broken.</summary>
    public string Log => _process?.Log ?? "";

    internal static uint MailUser => Libc.IsRoot ? Nobody : Libc.EffectiveUserId();
    internal static uint MailGroup => Libc.IsRoot ? Nobody : Libc.EffectiveGroupId();

    public static async Task<DovecotServer> StartAsync(DovecotOptions options, CancellationToken stop)
    {
        var server = new DovecotServer();
        try
        {
            await server.StartOnFreePortsAsync(options, stop);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends the server, its sessions too; the maildrops stay.</summary>
    public async Task StopAsync()
    {
        await _process!.DisposeAsync();
        _process = null;
    }

    /// <summary>Starts it again on the same ports.</summary>
    public async Task StartAgainAsync(CancellationToken stop)
    {
        _process = ServerProcess.Start(Programs.Dovecot!, ["-F", "-c", InFolder("dovecot.conf")], _folder);
        await _process.LineAsync("starting up", stop);
    }

    /// <summary>An empty maildrop of a user that no other test has.</summary>
    public DovecotMaildrop NewMaildrop()
    {
        var number = Interlocked.Increment(ref _usersTaken);
        if (number > Users)
            throw new InvalidOperationException($"All {Users} users of this Dovecot are taken.");
        return new DovecotMaildrop(User(number), Password(number), Path.Combine(_folder, "mail", User(number)));
    }

    static string User(int number) => string.Create(CultureInfo.InvariantCulture, $"user{number:000}");

    // Long enough to be found again in a log by accident of nothing else.
    static string Password(int number) => string.Create(CultureInfo.InvariantCulture, $"open-sesame-{number:000}-never-to-be-logged");

    async Task StartOnFreePortsAsync(DovecotOptions options, CancellationToken stop)
    {
        var program = Programs.Dovecot ?? throw new InvalidOperationException(Missing);
        File.SetUnixFileMode(_folder, (UnixFileMode)0b111_101_101);
        Directory.CreateDirectory(Path.Combine(_folder, "mail"));
        _ = Libc.ChangeOwner(Path.Combine(_folder, "mail"), MailUser, MailGroup);
        var (certificate, key) = _authority.Issue([.. options.CertificateNames]);
        await File.WriteAllTextAsync(InFolder("server.pem"), certificate, stop);
        await File.WriteAllTextAsync(InFolder("server.key"), key, stop);
        if (options.ClientAuthority is { } clients)
            await File.WriteAllTextAsync(InFolder("clients.pem"), clients.CertificatePem, stop);
        await File.WriteAllLinesAsync(InFolder("users"), Enumerable.Range(1, Users).Select(n => $"{User(n)}:{Password(n)}::::::"), stop);

        await File.WriteAllTextAsync(InFolder("oauth2.conf"), $"""
            tokeninfo_url = {options.TokenInfo}
            username_attribute = user
            active_attribute = active
            active_value = true

            """, stop);

        for (var tries = 1; ; tries++)
        {
            (Port, TlsPort) = FreePort.TakeTwo();
            await File.WriteAllTextAsync(InFolder("dovecot.conf"), Configuration(options), stop);
            _process = ServerProcess.Start(program, ["-F", "-c", InFolder("dovecot.conf")], _folder);
            try
            {
                // Dovecot writes this line after it has bound its listeners.
                await _process.LineAsync("starting up", stop);
                return;
            }
            catch (InvalidOperationException) when (tries < 5 && _process.Log.Contains("Address already in use", StringComparison.Ordinal))
            {
                await _process.DisposeAsync();
            }
        }
    }

    string Configuration(DovecotOptions options) => $$"""
        base_dir = {{InFolder("run")}}
        state_dir = {{InFolder("state")}}
        log_path = /dev/stderr
        protocols = pop3
        ssl = yes
        ssl_cert = <{{InFolder("server.pem")}}
        ssl_key = <{{InFolder("server.key")}}
        ssl_dh =
        disable_plaintext_auth = no
        auth_mechanisms = {{options.Mechanisms}}
        auth_failure_delay = 0
        {{(options.ClientAuthority is null ? "" : CertificatesSignIn)}}
        {{(options.TokenInfo is null ? "" : $"passdb {{\n  driver = oauth2\n  mechanisms = oauthbearer xoauth2\n  args = {InFolder("oauth2.conf")}\n}}")}}
        passdb {
          driver = passwd-file
          args = scheme=PLAIN username_format=%u {{InFolder("users")}}
        }
        userdb {
          driver = static
          args = uid={{MailUser}} gid={{MailGroup}} home={{InFolder("mail")}}/%u
        }
        first_valid_uid = 1
        first_valid_gid = 1
        mail_location = maildir:~/Maildir
        maildir_stat_dirs = yes
        pop3_lock_session = {{(options.LockSession ? "yes" : "no")}}
        pop3_reuse_xuidl = {{(options.ReuseXuidl ? "yes" : "no")}}
        default_vsz_limit = 1G
        {{(Libc.IsRoot ? "" : OrdinaryUser)}}
        service pop3-login {
          {{(Libc.IsRoot ? "" : "chroot =")}}
          inet_listener pop3 {
            address = 127.0.0.1
            port = {{Port}}
          }
          inet_listener pop3s {
            address = 127.0.0.1
            port = {{TlsPort}}
            ssl = yes
          }
        }
        # Wrong passwords are refused at once: no penalty for the address that all tests share.
        service anvil {
          {{(Libc.IsRoot ? "" : "chroot =")}}
          unix_listener anvil-auth-penalty {
            mode = 0
          }
        }

        """;

    string CertificatesSignIn => $$"""
        ssl_ca = <{{InFolder("clients.pem")}}
        ssl_verify_client_cert = yes
        ssl_require_crl = no
        auth_ssl_username_from_cert = yes
        passdb {
          driver = static
          args = nopassword
          mechanisms = external
        }
        """;

    static string OrdinaryUser => $"""
        default_internal_user = {Environment.UserName}
        default_internal_group =
        default_login_user = {Environment.UserName}
        """;

    string InFolder(string name) => Path.Combine(_folder, name);

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
