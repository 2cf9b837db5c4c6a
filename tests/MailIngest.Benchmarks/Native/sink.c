// A blob service that costs nothing: takes what Azure Blob Storage takes, keeps its name and length, and drops the octets.
//
//   sink [--listen PORT]        0 (as without it): any free port; the port is printed when it is ready. SIGTERM prints the counts.
//
// HTTP/1.1 with keep-alive, Content-Length or chunked bodies and Expect: 100-continue. Put Blob, Put Block, Put Block List: 201, or 409
// BlobAlreadyExists where If-None-Match: * finds the name taken. HEAD of a blob: its length and its sha256 metadata, or 404 BlobNotFound.
// A container exists once it is asked for. A container's listing is empty. No signature is checked and no blob can be read back.
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { IN = 64 * 1024, OUT = 16 * 1024, ANSWER = 1536 };
enum state { HEAD, BODY, CHUNK_SIZE, CHUNK, TRAILER };

struct request { char method[8], target[2048], md5[64], sha256[72]; int only_new; long length; };

struct client {
    int socket;
    enum state state;
    int is_closing;
    long left;                         // octets of the body or chunk that are still to come
    struct request request;
    int from, to, out_from, out_to;
    char in[IN], out[OUT];
};

// What is known of a blob; names are told apart by a hash of 64 bits, which is enough for a bench. An open-addressed table.
struct blob { uint64_t name; long length; int exists; char sha256[72]; };

static struct blob *blobs;
static size_t blob_count, blob_room;
static long requests, created, refused, octets;
static int poller;
static volatile sig_atomic_t is_over;

static void end(int number) { (void)number; is_over = 1; }

static void die(const char *what)
{
    fprintf(stderr, "sink: %s: %s\n", what, strerror(errno));
    exit(1);
}

static uint64_t hash(const char *target)
{
    uint64_t h = 14695981039346656037u; // FNV-1a
    for (; *target && *target != '?'; target++)
        h = (h ^ (unsigned char)*target) * 1099511628211u;
    return h ? h : 1;
}

static struct blob *slot(uint64_t name)
{
    size_t at = name & (blob_room - 1);
    while (blobs[at].name && blobs[at].name != name)
        at = (at + 1) & (blob_room - 1);
    return &blobs[at];
}

static struct blob *blob(const char *target, int add)
{
    if (blob_count * 2 >= blob_room) {
        struct blob *old = blobs;
        size_t room = blob_room;
        blob_room = room ? room * 2 : 4096;
        blobs = calloc(blob_room, sizeof *blobs);
        for (size_t i = 0; i < room; i++)
            if (old[i].name)
                *slot(old[i].name) = old[i];
        free(old);
    }
    struct blob *b = slot(hash(target));
    if (!b->name && !add)
        return NULL;
    if (!b->name)
        b->name = hash(target), blob_count++;
    return b;
}

// The date that every answer carries, written once a second.
static const char *date(void)
{
    static char text[64];
    static time_t written;
    time_t now = time(NULL);
    if (now != written) {
        struct tm parts;
        strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&now, &parts));
        written = now;
    }
    return text;
}

// More: further headers, each with its line end; body: NULL where the length is told with the headers.
static void answer(struct client *c, const char *status, const char *more, const char *body)
{
    c->out_to += snprintf(c->out + c->out_to, ANSWER,
        "HTTP/1.1 %s\r\nServer: sink\r\nDate: %s\r\nx-ms-request-id: %08lx-0000-0000-0000-000000000000\r\nx-ms-version: 2021-12-02\r\n%s",
        status, date(), requests, more);
    c->out_to += body
        ? snprintf(c->out + c->out_to, ANSWER, "Content-Length: %zu\r\n\r\n%s", strlen(body), body)
        : snprintf(c->out + c->out_to, ANSWER, "\r\n");
}

static void answer_put(struct client *c, const struct request *r, long length)
{
    const char *query = strchr(r->target, '?');
    if (query && strstr(query, "restype=container")) {
        answer(c, "201 Created", "ETag: \"0x1\"\r\nLast-Modified: Fri, 20 Nov 2026 12:00:00 GMT\r\n", "");
        return;
    }
    // Octets count where they arrive: with the blob, or with its blocks; the list of blocks is only their names.
    int is_list = query && strstr(query, "comp=blocklist"), is_block = query && !is_list && strstr(query, "comp=block");
    struct blob *b = blob(r->target, 1);
    if (!is_list)
        octets += length;
    if (is_block)
        b->length += b->exists ? 0 : length;
    else if (b->exists && r->only_new) {
        refused++;
        answer(c, "409 The specified blob already exists.", "x-ms-error-code: BlobAlreadyExists\r\n", "");
        return;
    } else {
        created++;
        b->exists = 1;
        b->length = is_list ? b->length : length;
        memcpy(b->sha256, r->sha256, sizeof b->sha256);
    }
    char more[512];
    snprintf(more, sizeof more, "ETag: \"0x%lx\"\r\nLast-Modified: %s\r\nx-ms-request-server-encrypted: true\r\n%s%s%s",
        requests, date(), *r->md5 ? "Content-MD5: " : "", r->md5, *r->md5 ? "\r\n" : "");
    answer(c, "201 Created", more, "");
}

static void answer_look(struct client *c, const struct request *r)
{
    const char *query = strchr(r->target, '?');
    char more[512];
    struct blob *b;
    if (query && strstr(query, "comp=list"))
        answer(c, "200 OK", "Content-Type: application/xml\r\n",
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults><Blobs/><NextMarker/></EnumerationResults>");
    else if (query && strstr(query, "restype="))
        answer(c, "200 OK", "ETag: \"0x1\"\r\nLast-Modified: Fri, 20 Nov 2026 12:00:00 GMT\r\nx-ms-lease-status: unlocked\r\n"
            "x-ms-lease-state: available\r\nx-ms-has-immutability-policy: false\r\nx-ms-has-legal-hold: false\r\n", "");
    else if (*r->method == 'H' && (b = blob(r->target, 0)) && b->exists) {
        snprintf(more, sizeof more, "ETag: \"0x1\"\r\nLast-Modified: %s\r\nx-ms-blob-type: BlockBlob\r\nx-ms-creation-time: %s\r\n"
            "Content-Type: message/rfc822\r\nContent-Length: %ld\r\n%s%s%s", date(), date(), b->length,
            *b->sha256 ? "x-ms-meta-sha256: " : "", b->sha256, *b->sha256 ? "\r\n" : "");
        answer(c, "200 OK", more, NULL);
    } else
        answer(c, "404 The specified blob does not exist.", "x-ms-error-code: BlobNotFound\r\n", "");
}

// The request is whole.
static void answer_request(struct client *c)
{
    struct request *r = &c->request;
    requests++;
    if (!strcmp(r->method, "PUT"))
        answer_put(c, r, r->length);
    else if (!strcmp(r->method, "DELETE")) {
        struct blob *b = blob(r->target, 0);
        if (b)
            b->exists = 0, b->length = 0;
        answer(c, "202 Accepted", "", "");
    } else if (!strcmp(r->method, "GET") || !strcmp(r->method, "HEAD"))
        answer_look(c, r);
    else
        answer(c, "405 Method Not Allowed", "", "");
    c->state = HEAD;
}

static void keep(char *to, size_t room, const char *value) { snprintf(to, room, "%s", value); }

// Reads the request line and the headers in [in + from, end), which ends with an empty line.
static int read_head(struct client *c, char *end)
{
    struct request *r = &c->request;
    char *line = c->in + c->from, *next;
    int is_chunked = 0, expects = 0;
    memset(r->md5, 0, 1), memset(r->sha256, 0, 1);
    r->only_new = r->length = 0;
    end[-2] = 0;
    if (sscanf(line, "%7s %2047s", r->method, r->target) != 2)
        return 0;
    for (line = strstr(line, "\r\n"); line && *(line += 2); line = next) {
        if ((next = strstr(line, "\r\n")))
            *next = 0;
        char *value = strchr(line, ':');
        if (value) {
            *value++ = 0;
            value += strspn(value, " ");
            if (!strcasecmp(line, "Content-Length"))
                r->length = atol(value);
            else if (!strcasecmp(line, "Transfer-Encoding"))
                is_chunked = !strcasecmp(value, "chunked");
            else if (!strcasecmp(line, "Expect"))
                expects = 1;
            else if (!strcasecmp(line, "Connection"))
                c->is_closing = !strcasecmp(value, "close");
            else if (!strcasecmp(line, "If-None-Match"))
                r->only_new = *value == '*';
            else if (!strcasecmp(line, "Content-MD5"))
                keep(r->md5, sizeof r->md5, value);
            else if (!strcasecmp(line, "x-ms-meta-sha256"))
                keep(r->sha256, sizeof r->sha256, value);
        }
    }
    c->from = end - c->in;
    c->left = r->length;
    c->state = is_chunked ? CHUNK_SIZE : BODY;
    if (expects && c->from == c->to)
        c->out_to += sprintf(c->out + c->out_to, "HTTP/1.1 100 Continue\r\n\r\n");
    return 1;
}

static void skip(struct client *c)
{
    long some = c->to - c->from < c->left ? c->to - c->from : c->left;
    c->from += some, c->left -= some;
}

// Takes what was read, as far as it goes. Returns 0 where it is not HTTP.
static int take(struct client *c)
{
    while (c->out_to + 3 * ANSWER <= OUT) {
        char *from = c->in + c->from, *end;
        size_t have = c->to - c->from;
        switch (c->state) {
        case HEAD:
            if (!(end = memmem(from, have, "\r\n\r\n", 4)))
                return have < IN;
            if (!read_head(c, end + 4))
                return 0;
            break;
        case BODY:
        case CHUNK:
            skip(c);
            if (c->left)
                return 1;
            if (c->state == BODY)
                answer_request(c);
            else
                c->state = CHUNK_SIZE;
            break;
        case CHUNK_SIZE:
        case TRAILER:
            if (!(end = memchr(from, '\n', have)))
                return have < IN;
            c->from = end + 1 - c->in;
            if (c->state == TRAILER) {
                if (end - from < 2)
                    answer_request(c);
                break;
            }
            c->left = strtol(from, NULL, 16);
            c->request.length += c->left;
            c->state = c->left ? CHUNK : TRAILER;
            c->left += 2; // its line end
        }
    }
    return 1;
}

static void hang_up(struct client *c)
{
    close(c->socket);
    free(c);
}

// Serves until the socket takes no more or gives no more.
static void serve(struct client *c)
{
    unsigned wanted = EPOLLIN;
    for (;;) {
        int is_http = take(c), was_full = c->out_to + 3 * ANSWER > OUT;
        if (c->out_from < c->out_to) {
            ssize_t sent = send(c->socket, c->out + c->out_from, c->out_to - c->out_from, MSG_DONTWAIT | MSG_NOSIGNAL);
            if (sent < 0 && errno != EAGAIN)
                return hang_up(c);
            c->out_from += sent > 0 ? sent : 0;
            if (c->out_from < c->out_to) {
                wanted = EPOLLOUT;
                break;
            }
            c->out_from = c->out_to = 0;
            if (c->is_closing && c->state == HEAD)
                return hang_up(c);
        }
        if (!is_http)
            return hang_up(c);
        if (was_full)
            continue; // it stopped for want of room, not of requests
        memmove(c->in, c->in + c->from, c->to -= c->from);
        c->from = 0;
        // What is left of a large body goes to nowhere: MSG_TRUNC drops octets without copying them.
        int drops = (c->state == BODY || c->state == CHUNK) && c->left > IN && c->to == 0;
        ssize_t got = recv(c->socket, c->in + c->to, drops ? c->left : IN - c->to, MSG_DONTWAIT | (drops ? MSG_TRUNC : 0));
        if (got < 0 && errno == EAGAIN)
            break;
        if (got <= 0)
            return hang_up(c);
        if (drops)
            c->left -= got;
        else
            c->to += got;
    }
    struct epoll_event event = { .events = wanted, .data.ptr = c };
    epoll_ctl(poller, EPOLL_CTL_MOD, c->socket, &event);
}

int main(int argc, char **argv)
{
    static const struct option options[] = { { "listen", 1, 0, 'l' }, { 0 } };
    struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        if (option == 'l')
            here.sin_port = htons(atoi(optarg));
        else
            return 64;
    struct sigaction ending = { .sa_handler = end };
    sigaction(SIGTERM, &ending, NULL);
    sigaction(SIGINT, &ending, NULL);

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

    for (struct epoll_event event; !is_over;) {
        if (epoll_wait(poller, &event, 1, -1) < 1)
            continue;
        struct client *c = event.data.ptr;
        if (c) {
            serve(c);
            continue;
        }
        int socket = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (socket < 0)
            continue; // it went away again
        setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
        c = calloc(1, sizeof *c);
        c->socket = socket;
        epoll_ctl(poller, EPOLL_CTL_ADD, socket, &(struct epoll_event){ .events = EPOLLIN, .data.ptr = c });
    }
    printf("requests=%ld created=%ld refused=%ld octets=%ld\n", requests, created, refused, octets);
}
