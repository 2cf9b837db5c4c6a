// The least POP3 client that could do the work: what a drain costs when nothing is verified, recorded or decided.
//
//   floor --port N [--host ADDRESS] --user NAME [--password SECRET]  MODE  [--window N] [--keep]
//   floor --port N --mailboxes FILE [--connections N]                MODE  [--window N] [--keep]
//
// MODE:  --discard       read everything, keep nothing
//        --files DIR     one file per message, named by its number
//        --fsync DIR     the same, each file synced in line, the folder once at the end
//        --syncfs DIR    the same as --files, one syncfs of the whole file system before the DELEs
//        --uidl          sign in, STAT, UIDL, QUIT: the poll that finds nothing new
//        --empty         sign in, STAT, QUIT
//
// FILE has one mailbox per line, "user" or "user password"; each gets a folder of its own below DIR.
// After the greeting everything up to UIDL goes out in one flight, RETRs as far as the window allows (0: all of them),
// then the DELEs with the QUIT behind them. A window can be without bound because reading never stops: poll serves whichever
// side is ready, so that neither end can fill the other's buffers and wait.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 256 * 1024, LEAST_READ = 64 * 1024, LONGEST_COMMAND = 600 };
enum mode { UNSET, DISCARD, FILES, FSYNC, SYNCFS, UIDL_ONLY, STAT_ONLY };
// The answers in the order in which they come; RETR and DELE come once per message.
enum step { GREETING, USER, PASS, STAT, LIST, UIDL, RETR, DELE, QUIT, OVER };

static enum mode mode;
static const char *host = "127.0.0.1", *folder;
static int port, keep;
static long window;

// Shared by all workers: the next mailbox to take and what was done.
static struct { atomic_long next, messages, octets; } *shared;

struct session {
    int socket, folder, file;          // file: the message that is being written, or -1
    const char *user, *password;
    long count;                        // messages, by STAT
    enum step answer;                  // whose answer is read
    long number;                       // and of which message
    int in_body;                       // its first line was read
    enum step command;                 // what is sent next
    long asked;                        // and how many of these were sent
    char *mark, *scan, *end;           // [mark, scan) octets of a message not yet written, [scan, end) not yet looked at
    long out_from, out_to;
    char out[ROOM];
    char *in, read[2 + ROOM];          // in: behind two octets of what came before, so that in[-2] says whether a line begins
};

static void die(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    fputs("floor: ", stderr);
    vfprintf(stderr, format, values);
    fputc('\n', stderr);
    exit(1);
}

static void put(struct session *s, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    s->out_to += vsnprintf(s->out + s->out_to, LONGEST_COMMAND, format, values);
}

// The number of a RETR or DELE: vsnprintf would be the largest cost of a small message.
static void put_numbered(struct session *s, const char *verb, long number)
{
    char digits[24], *d = digits + sizeof digits;
    do *--d = '0' + number % 10; while (number /= 10);
    char *p = mempcpy(s->out + s->out_to, verb, 5);
    p = mempcpy(p, d, digits + sizeof digits - d);
    s->out_to = (char *)mempcpy(p, "\r\n", 2) - s->out;
}

// Writes as many of the next commands as may be sent now.
static void write_commands(struct session *s)
{
    if (s->out_from == s->out_to)
        s->out_from = s->out_to = 0;
    while (s->out_to + LONGEST_COMMAND <= ROOM && s->command != OVER) {
        switch (s->command) {
        case USER:
            if (s->answer == GREETING)
                return;
            put(s, "USER %.250s\r\nPASS %.250s\r\nSTAT\r\n", s->user, s->password);
            if (mode != STAT_ONLY)
                put(s, mode == UIDL_ONLY ? "UIDL\r\n" : "LIST\r\nUIDL\r\n");
            s->command = mode == UIDL_ONLY || mode == STAT_ONLY ? QUIT : RETR;
            break;
        case RETR:
            if (s->answer < RETR || (window && s->answer == RETR && s->asked - (s->number - 1) >= window))
                return;
            if (s->asked < s->count) {
                put_numbered(s, "RETR ", ++s->asked);
                break;
            }
            s->command = keep ? QUIT : DELE;
            s->asked = 0;
            break;
        case DELE:
            if (s->answer < DELE)
                return; // nothing is deleted before everything is where it should be
            if (s->asked < s->count)
                put_numbered(s, "DELE ", ++s->asked);
            else
                s->command = QUIT;
            break;
        default:
            if (s->answer < (s->count && !keep && mode < UIDL_ONLY ? DELE : QUIT))
                return;
            put(s, "QUIT\r\n");
            s->command = OVER;
        }
    }
}

static void write_all(int file, const char *from, const char *to)
{
    while (from < to) {
        ssize_t written = write(file, from, to - from);
        if (written < 0)
            die("write: %s", strerror(errno));
        from += written;
    }
}

// Takes [mark, to) as the next octets of the message.
static void store(struct session *s, const char *to)
{
    if (s->answer != RETR || mode == DISCARD)
        return;
    if (s->file < 0) {
        char name[24];
        snprintf(name, sizeof name, "%ld", s->number);
        s->file = openat(s->folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        if (s->file < 0)
            die("%s: %s", name, strerror(errno));
    }
    write_all(s->file, s->mark, to);
}

static void finish_file(struct session *s)
{
    if (s->file < 0)
        return;
    if (mode == FSYNC && fsync(s->file))
        die("fsync: %s", strerror(errno));
    close(s->file);
    s->file = -1;
}

static void make_durable(struct session *s)
{
    if (mode == FSYNC && fsync(s->folder))
        die("fsync of the folder: %s", strerror(errno));
    if (mode == SYNCFS && syncfs(s->folder))
        die("syncfs: %s", strerror(errno));
}

// One answer is complete: whose is next?
static void next_answer(struct session *s)
{
    enum step done = s->answer;
    s->mark = s->scan;
    s->in_body = 0;
    if ((done == RETR || done == DELE) && s->number < s->count) {
        s->number++;
        return;
    }
    s->number = 1;
    s->answer = done == STAT && mode == STAT_ONLY ? QUIT
        : done == STAT && mode == UIDL_ONLY ? UIDL
        : done == UIDL && (mode == UIDL_ONLY || s->count == 0) ? QUIT
        : done == RETR && keep ? QUIT
        : done + 1;
    if (done == RETR)
        make_durable(s);
}

// Looks at the octets of a multi-line answer. Dots that were doubled are closed up in place. Returns 0: more octets are needed.
static int read_body(struct session *s)
{
    // [mark, written) is clean, [piece, p) goes behind it: nothing is moved before the first doubled dot.
    char *written = s->scan, *piece = s->scan, *p = s->scan, *dot;
    while ((dot = memchr(p, '.', s->end - p))) {
        if (dot[-1] != '\n' || dot[-2] != '\r') {
            p = dot + 1;
            continue;
        }
        if (s->end - dot < 3)
            break; // the end or a doubled dot: not known yet
        if (written != piece)
            memmove(written, piece, dot - piece);
        written += dot - piece;
        if (dot[1] == '\r' && dot[2] == '\n') {
            atomic_fetch_add_explicit(&shared->octets, s->answer == RETR ? written - s->mark : 0, memory_order_relaxed);
            store(s, written);
            finish_file(s);
            s->scan = dot + 3;
            return 1;
        }
        piece = dot + 1;
        p = dot + 2; // the octet after a doubled dot begins no line
    }
    char *looked_at = dot ? dot : s->end;
    if (written != piece)
        memmove(written, piece, s->end - piece);
    s->scan = written + (looked_at - piece);
    s->end = written + (s->end - piece);
    return 0;
}

// Takes every whole answer that was read.
static void read_answers(struct session *s)
{
    while (s->answer != OVER) {
        if (!s->in_body) {
            char *line = memchr(s->scan, '\n', s->end - s->scan);
            if (!line)
                return;
            if (*s->scan != '+')
                die("%s: step %d, message %ld: %.*s", s->user, s->answer, s->number, (int)(line - s->scan), s->scan);
            if (s->answer == STAT)
                s->count = atol(s->scan + 4);
            s->scan = s->mark = line + 1;
            s->in_body = s->answer == LIST || s->answer == UIDL || s->answer == RETR;
        }
        if (s->in_body && !read_body(s))
            return;
        next_answer(s);
    }
}

// Makes room behind what is not done with. A message that fits stays until it is whole, so that it is written at once;
// a larger one leaves in pieces.
static void make_room(struct session *s)
{
    if (s->in_body && (s->answer != RETR || mode == DISCARD || (s->mark == s->in && s->in + ROOM - s->end < LEAST_READ))) {
        store(s, s->scan);
        atomic_fetch_add_explicit(&shared->octets, s->answer == RETR ? s->scan - s->mark : 0, memory_order_relaxed);
        s->mark = s->scan;
    }
    if (s->mark == s->end || s->in + ROOM - s->end < LEAST_READ) {
        long moved = s->mark - s->in;
        memmove(s->in - 2, s->mark - 2, s->end - s->mark + 2);
        s->mark -= moved, s->scan -= moved, s->end -= moved;
    }
}

static void read_some(struct session *s)
{
    make_room(s);
    ssize_t got = recv(s->socket, s->end, s->in + ROOM - s->end, 0);
    if (got <= 0)
        die("%s: step %d, message %ld: %s", s->user, s->answer, s->number, got ? strerror(errno) : "the server hung up");
    s->end += got;
    read_answers(s);
}

static void send_some(struct session *s)
{
    ssize_t sent = send(s->socket, s->out + s->out_from, s->out_to - s->out_from, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN)
        die("%s: send: %s", s->user, strerror(errno));
    s->out_from += sent > 0 ? sent : 0;
}

static void drain(struct session *s, const char *user, const char *password, int own_folder)
{
    s->user = user, s->password = password;
    s->answer = GREETING, s->command = USER;
    s->mark = s->scan = s->end = s->in = s->read + 2;
    s->in_body = s->count = s->asked = s->out_from = s->out_to = 0;
    s->file = s->folder = -1, s->number = 1;
    if (folder) {
        char path[4096];
        snprintf(path, sizeof path, own_folder ? "%s/%s" : "%s", folder, user);
        mkdir(path, 0777); // what there is to say about it, open says
        if ((s->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
            die("%s: %s", path, strerror(errno));
    }

    struct sockaddr_in server = { .sin_family = AF_INET, .sin_port = htons(port) };
    if (inet_pton(AF_INET, host, &server.sin_addr) != 1)
        die("%s is not an IPv4 address", host);
    s->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(s->socket, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    if (connect(s->socket, (struct sockaddr *)&server, sizeof server))
        die("connect: %s", strerror(errno));

    while (s->answer != OVER) {
        write_commands(s);
        if (s->out_from < s->out_to)
            send_some(s);
        if (s->out_from < s->out_to) { // the server's buffers are full: perhaps it waits for us to read
            struct pollfd ready = { s->socket, POLLIN | POLLOUT, 0 };
            poll(&ready, 1, -1);
            if (!(ready.revents & ~POLLOUT))
                continue;
        }
        read_some(s);
    }
    atomic_fetch_add(&shared->messages, s->count);
    close(s->socket);
    if (s->folder >= 0)
        close(s->folder);
}

// One process per connection: each takes the next mailbox until none is left. Their fsyncs run side by side, as threads' would.
static int drain_many(char **users, char **passwords, long mailboxes, long connections)
{
    for (long i = 0; i < connections; i++) {
        pid_t worker = fork();
        if (worker < 0)
            die("fork: %s", strerror(errno));
        if (worker == 0) {
            static struct session session;
            for (long box; (box = atomic_fetch_add(&shared->next, 1)) < mailboxes;)
                drain(&session, users[box], passwords[box], 1);
            _exit(0);
        }
    }
    int failed = 0, status;
    while (wait(&status) > 0)
        failed |= status;
    return failed != 0;
}

static long read_mailboxes(const char *path, char *password, char ***users, char ***passwords)
{
    FILE *list = fopen(path, "re");
    if (!list)
        die("%s: %s", path, strerror(errno));
    long count = 0;
    char *user, *own;
    *users = *passwords = NULL;
    for (char line[600]; fgets(line, sizeof line, list);) {
        if (!(user = strtok(line, " \r\n")))
            continue;
        own = strtok(NULL, " \r\n");
        *users = realloc(*users, (count + 1) * sizeof **users);
        *passwords = realloc(*passwords, (count + 1) * sizeof **passwords);
        (*users)[count] = strdup(user);
        (*passwords)[count++] = own ? strdup(own) : password;
    }
    fclose(list);
    return count;
}

int main(int argc, char **argv)
{
    enum { HOST = 1000, PORT, NAME, SECRET, BOXES, CONNECTIONS, WINDOW, KEEP };
    static const struct option options[] = {
        { "host", 1, 0, HOST }, { "port", 1, 0, PORT }, { "user", 1, 0, NAME }, { "password", 1, 0, SECRET },
        { "mailboxes", 1, 0, BOXES }, { "connections", 1, 0, CONNECTIONS }, { "window", 1, 0, WINDOW }, { "keep", 0, 0, KEEP },
        { "discard", 0, 0, DISCARD }, { "files", 1, 0, FILES }, { "fsync", 1, 0, FSYNC }, { "syncfs", 1, 0, SYNCFS },
        { "uidl", 0, 0, UIDL_ONLY }, { "empty", 0, 0, STAT_ONLY }, { 0 },
    };
    char *user = NULL, *password = "secret", *boxes = NULL;
    long connections = 16;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        switch (option) {
        case HOST: host = optarg; break;
        case PORT: port = atoi(optarg); break;
        case NAME: user = optarg; break;
        case SECRET: password = optarg; break;
        case BOXES: boxes = optarg; break;
        case CONNECTIONS: connections = atol(optarg); break;
        case WINDOW: window = atol(optarg); break;
        case KEEP: keep = 1; break;
        case '?': return 64;
        default: mode = option, folder = optarg;
        }
    if (mode == UNSET || !port || !user == !boxes || optind < argc)
        die("a port, a mode and either --user or --mailboxes are needed; the head of floor.c explains");
    if (folder)
        mkdir(folder, 0777);

    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int failed = 0;
    if (boxes) {
        char **users, **passwords;
        long count = read_mailboxes(boxes, password, &users, &passwords);
        failed = drain_many(users, passwords, count, connections < count ? connections : count);
    } else {
        static struct session session;
        drain(&session, user, password, 0);
    }
    clock_gettime(CLOCK_MONOTONIC, &to);
    printf("messages=%ld octets=%ld wall_s=%.4f\n", shared->messages, shared->octets,
        to.tv_sec - from.tv_sec + (to.tv_nsec - from.tv_nsec) / 1e9);
    return failed;
}
