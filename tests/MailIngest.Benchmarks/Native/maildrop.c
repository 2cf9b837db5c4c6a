// A POP3 server that costs nothing: one maildrop of equal synthetic messages, served from memory at memory speed.
//
//   maildrop --messages N [--octets SIZE] [--listen PORT]          --listen 0 (as without it): any free port; it is printed when ready
//
// Every user with every password has this one maildrop, also in several sessions at once. Messages differ in their headers only
// (number, Message-ID, date), which are patched into one text made at the start. What a session deletes is gone for the later ones
// after its QUIT. PIPELINING, UIDL, TOP, USER and SASL PLAIN are announced; a command is answered when there is room for its answer, so that
// thousands may be sent at once.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { IN = 64 * 1024, OUT = 256 * 1024, SHORT = 512 };

struct session {
    int socket, signed_in, quits, is_stuck; // is_stuck: more is to be sent than the socket takes
    int *ids;                          // the messages of this session; the id of message n is ids[n - 1]
    char *deleted;
    long count, kept;
    long sending, sent, send_to;       // the message whose octets go out (its id, 0: none), from where, to where
    long line, last_line;              // the next line of a listing (0: none) and its last
    int is_uidl;
    int in_from, in_to, out_from, out_to;
    char in[IN], out[OUT];
};

static char *text;                     // the message, CRLF and all; no line of it begins with a dot
static long octets = 4096, head;       // its length, and that of its headers with the empty line
static long patches[8], patch_count;   // where its number stands
static int *remaining, poller;         // the ids of what is in the maildrop
static long messages;

static void die(const char *what)
{
    fprintf(stderr, "maildrop: %s: %s\n", what, strerror(errno));
    exit(1);
}

enum { DIGITS = 9 };

static void put_digits(char *to, long number, int digits)
{
    for (int i = digits; i-- > 0; number /= 10)
        to[i] = '0' + number % 10;
}

static void make_text(void)
{
    static const char headers[] =
        "Return-Path: <sender@example.net>\r\n"
        "Received: from mx.example.net (mx.example.net [192.0.2.1])\r\n\tby mail.example.org with ESMTPS id #########\r\n"
        "\tfor <box@example.org>; Fri, 20 Nov 2026 12:00:00 +0000\r\n"
        "From: Sender <sender@example.net>\r\nTo: box@example.org\r\nSubject: Sample message #########\r\n"
        "Message-ID: <#########.null@example.net>\r\nDate: Fri, 20 Nov 2026 12:00:00 +0000\r\n"
        "MIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n";
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    head = sizeof headers - 1;
    if (octets < head + 2)
        octets = head + 2;
    text = malloc(octets);
    memcpy(text, headers, head);
    unsigned random = 1939;
    for (long i = head; i < octets; i++)
        text[i] = alphabet[(random = random * 1664525 + 1013904223) >> 26];
    for (long i = head + 76; i + 2 <= octets; i += 78)
        memcpy(text + i, "\r\n", 2);
    memcpy(text + octets - 2, "\r\n", 2);
    for (char *p = text; (p = memmem(p, text + head - p, "#########", DIGITS)); p += DIGITS)
        patches[patch_count++] = p - text;
}

static void say(struct session *s, const char *line)
{
    size_t length = strlen(line);
    memcpy(s->out + s->out_to, line, length);
    s->out_to += length;
}

static void say_numbers(struct session *s, const char *format, long one, long two)
{
    s->out_to += snprintf(s->out + s->out_to, SHORT, format, one, two);
}

static char *digits_of(char *end, long number)
{
    do *--end = '0' + number % 10; while (number /= 10);
    return end;
}

// The next lines of LIST or UIDL, as far as there is room. snprintf would be half of the cost of a million of them.
static void put_listing(struct session *s)
{
    char digits[24], *end = digits + sizeof digits, *p = s->out + s->out_to;
    for (; s->line <= s->last_line && p + SHORT <= s->out + OUT; s->line++) {
        if (s->deleted[s->line - 1])
            continue;
        char *number = digits_of(end, s->line);
        p = mempcpy(p, number, end - number);
        *p++ = ' ';
        if (s->is_uidl) {
            p = mempcpy(p, "null-", 5);
            put_digits(p, s->ids[s->line - 1], DIGITS);
            p += DIGITS;
        } else {
            number = digits_of(end, octets);
            p = mempcpy(p, number, end - number);
        }
        p = mempcpy(p, "\r\n", 2);
    }
    s->out_to = p - s->out;
    if (s->line > s->last_line && s->out_to + SHORT <= OUT) {
        s->line = 0;
        say(s, ".\r\n");
    }
}

// The next octets of a message, as far as there is room.
static void put_message(struct session *s)
{
    long some = s->send_to - s->sent < OUT - s->out_to ? s->send_to - s->sent : OUT - s->out_to;
    char *to = s->out + s->out_to;
    memcpy(to, text + s->sent, some);
    if (s->sent < head) {
        char digits[DIGITS];
        put_digits(digits, s->sending, DIGITS);
        for (long i = 0; i < patch_count; i++)
            for (long d = 0, at = patches[i] - s->sent; d < DIGITS; d++) // the room may end between two digits
                if (at + d >= 0 && at + d < some)
                    to[at + d] = digits[d];
    }
    s->sent += some, s->out_to += some;
    if (s->sent == s->send_to && s->out_to + 3 <= OUT) {
        s->sending = 0;
        say(s, ".\r\n");
    }
}

static void open_maildrop(struct session *s)
{
    s->signed_in = 1;
    s->count = s->kept = messages;
    s->ids = malloc((messages + 1) * sizeof *s->ids);
    s->deleted = calloc(messages + 1, 1);
    memcpy(s->ids, remaining, messages * sizeof *s->ids);
    say(s, "+OK\r\n");
}

// Another session may have deleted as well, so that ids are compared, not numbers; both lists are in order.
static void close_maildrop(struct session *s)
{
    long kept = 0;
    for (long i = 0, n = 0; i < messages; i++) {
        while (n < s->count && s->ids[n] < remaining[i])
            n++;
        if (n == s->count || s->ids[n] != remaining[i] || !s->deleted[n])
            remaining[kept++] = remaining[i];
    }
    messages = kept;
}

// How much of the message TOP shows: its headers and this many lines.
static long top(long lines)
{
    long to = head + lines * 78;
    return to < octets ? to : octets;
}

static void answer(struct session *s, char *command, char *argument)
{
    long number = 0;
    char *rest = argument;
    if (argument)
        number = strtol(argument, &rest, 10);
    int is_there = s->signed_in && number >= 1 && number <= s->count && !s->deleted[number - 1];

    if (!strcasecmp(command, "CAPA"))
        say(s, "+OK\r\nUSER\r\nSASL PLAIN\r\nUIDL\r\nTOP\r\nPIPELINING\r\nRESP-CODES\r\n.\r\n");
    else if (!strcasecmp(command, "QUIT")) {
        if (s->signed_in && s->kept < s->count)
            close_maildrop(s);
        s->quits = 1;
        say(s, "+OK\r\n");
    } else if (!s->signed_in) {
        if (!strcasecmp(command, "USER") && argument)
            say(s, "+OK\r\n");
        else if (!strcasecmp(command, "PASS") || (!strcasecmp(command, "AUTH") && argument && strncasecmp(argument, "PLAIN ", 6) == 0))
            open_maildrop(s);
        else
            say(s, "-ERR sign in first\r\n");
    } else if (!strcasecmp(command, "RETR") && is_there) {
        say_numbers(s, "+OK %ld octets\r\n", octets, 0);
        s->sending = s->ids[number - 1], s->sent = 0, s->send_to = octets;
    } else if (!strcasecmp(command, "TOP") && is_there) {
        say(s, "+OK\r\n");
        s->sending = s->ids[number - 1], s->sent = 0, s->send_to = top(strtol(rest, NULL, 10));
    } else if (!strcasecmp(command, "DELE") && is_there) {
        s->deleted[number - 1] = 1;
        s->kept--;
        say(s, "+OK\r\n");
    } else if (!strcasecmp(command, "STAT"))
        say_numbers(s, "+OK %ld %ld\r\n", s->kept, s->kept * octets);
    else if ((s->is_uidl = !strcasecmp(command, "UIDL")) || !strcasecmp(command, "LIST")) {
        if (!argument) {
            say(s, "+OK\r\n");
            s->line = 1, s->last_line = s->count;
        } else if (!is_there)
            say(s, "-ERR no such message\r\n");
        else if (s->is_uidl)
            say_numbers(s, "+OK %ld null-%09ld\r\n", number, s->ids[number - 1]);
        else
            say_numbers(s, "+OK %ld %ld\r\n", number, octets);
    } else if (!strcasecmp(command, "NOOP"))
        say(s, "+OK\r\n");
    else if (!strcasecmp(command, "RSET")) {
        memset(s->deleted, 0, s->count);
        s->kept = s->count;
        say(s, "+OK\r\n");
    } else
        say(s, "-ERR no such command or message\r\n");
}

// Fills `out` with what is owed. Returns 0 when nothing is left to do until the client sends more.
static int produce(struct session *s)
{
    while (s->out_to + SHORT <= OUT && !(s->quits && !s->sending)) {
        if (s->sending)
            put_message(s);
        else if (s->line)
            put_listing(s);
        else {
            char *from = s->in + s->in_from, *end = memchr(from, '\n', s->in_to - s->in_from);
            if (!end)
                return 0;
            s->in_from = end + 1 - s->in;
            *end = 0;
            if (end > from && end[-1] == '\r')
                end[-1] = 0;
            char *argument = strchr(from, ' ');
            if (argument)
                *argument++ = 0;
            answer(s, from, argument);
        }
    }
    return !s->quits;
}

static int end_session(struct session *s)
{
    close(s->socket);
    free(s->ids), free(s->deleted), free(s);
    return 0;
}

// Serves until the socket takes no more or gives no more. While it takes no more it is not read either: a client that sends without bound
// must read meanwhile, as with every server. Returns 0 when the session is over.
static int serve(struct session *s)
{
    for (;;) {
        int more = produce(s);
        if (s->out_from < s->out_to) {
            ssize_t sent = send(s->socket, s->out + s->out_from, s->out_to - s->out_from, MSG_DONTWAIT | MSG_NOSIGNAL);
            if (sent < 0 && errno != EAGAIN)
                return end_session(s);
            if (sent > 0)
                s->out_from += sent;
            s->is_stuck = s->out_from < s->out_to;
            if (s->is_stuck)
                break;
            s->out_from = s->out_to = 0;
        }
        if (s->quits)
            return end_session(s);
        if (more)
            continue;
        memmove(s->in, s->in + s->in_from, s->in_to -= s->in_from);
        s->in_from = 0;
        ssize_t got = recv(s->socket, s->in + s->in_to, IN - s->in_to, MSG_DONTWAIT);
        if (got < 0 && errno == EAGAIN)
            break;
        if (got <= 0)
            return end_session(s);
        s->in_to += got;
    }
    struct epoll_event event = { .events = s->is_stuck ? EPOLLOUT : EPOLLIN, .data.ptr = s };
    epoll_ctl(poller, EPOLL_CTL_MOD, s->socket, &event);
    return 1;
}

int main(int argc, char **argv)
{
    static const struct option options[] = { { "messages", 1, 0, 'm' }, { "octets", 1, 0, 'o' }, { "listen", 1, 0, 'l' }, { 0 } };
    struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        switch (option) {
        case 'm': messages = atol(optarg); break;
        case 'o': octets = atol(optarg); break;
        case 'l': here.sin_port = htons(atoi(optarg)); break;
        default: return 64;
        }
    remaining = malloc((messages + 1) * sizeof *remaining);
    for (long i = 0; i < messages; i++)
        remaining[i] = i + 1;
    make_text();

    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    socklen_t length = sizeof here;
    if (bind(listener, (struct sockaddr *)&here, sizeof here) || listen(listener, 4096)
        || getsockname(listener, (struct sockaddr *)&here, &length))
        die("listen");
    poller = epoll_create1(EPOLL_CLOEXEC);
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &(struct epoll_event){ .events = EPOLLIN, .data.ptr = NULL });
    printf("%d\n", ntohs(here.sin_port));
    fflush(stdout);

    for (struct epoll_event event;;) {
        if (epoll_wait(poller, &event, 1, -1) < 1)
            continue;
        struct session *s = event.data.ptr;
        if (!s) {
            int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
            if (client < 0)
                continue; // it went away again
            setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
            s = calloc(1, sizeof *s);
            s->socket = client;
            epoll_ctl(poller, EPOLL_CTL_ADD, client, &(struct epoll_event){ .events = EPOLLIN, .data.ptr = s });
            say(s, "+OK maildrop ready\r\n");
        }
        serve(s);
    }
}
