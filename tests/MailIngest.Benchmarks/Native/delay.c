// A link: a TCP proxy that delays every octet by half a round trip in each direction, and bounds nothing else.
//
//   delay --listen PORT --to PORT --rtt MS [--host ADDRESS]        --listen 0: any free port; the port is printed when it is ready
//
// connect() as a link would have it: the client's succeeds at once here, but the server hears of it only after one and a half round
// trips (SYN, SYN-ACK, ACK), so that the greeting comes after two: one for connecting, one for the greeting. What the client sends
// before that arrives when it would have. There is no slow start, loss or bandwidth: real links are slower for everybody.
//
// The delay is the same for all, so that what came first is due first: two queues in order of arrival are all the timers there are.
// What is under way in one direction is bounded by MOST (1 Gbit/s for half a second), then it is not read: the sender feels it.
// A connection that breaks (RST) breaks at once, with what is under way: only orderly ends are delayed.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK = 256 * 1024, LEAST_READ = 32 * 1024, MOST = 64 * 1024 * 1024 };

struct block { struct block *next; size_t from, to; char octets[BLOCK]; };

// One end of a link: what is read here waits in its blocks for the other end.
struct end {
    struct link *link;
    struct end *other;
    int socket;                        // -1: not yet connected
    unsigned watched;                  // the events that are asked for
    struct block *first, *last;
    size_t held, due;                  // octets in the blocks, and how many of them have been long enough under way
    int has_ended, end_is_due, end_is_told; // of reading; the other end may be told; and was
};

struct link {
    struct end client, server;
    int is_dead;
    long timers;                       // entries in the queues; while there are any it is not freed
    struct link *next_dead;
};

// What comes due: octets that were read at an end, its end of stream (no octets), or connecting to the server.
struct timer { long long due; struct end *end; size_t octets; };
struct queue { struct timer *ring; size_t first, count, size; long long delay; };

static struct queue under_way, connecting;
static struct sockaddr_in server_address = { .sin_family = AF_INET };
static struct block *spare;            // blocks are used again, never given back: touching new memory is what costs
static struct link *dead;
static int poller;

static long long now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void die(const char *what)
{
    fprintf(stderr, "delay: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void enqueue(struct queue *q, struct end *end, size_t octets)
{
    if (q->count == q->size) { // unrolled into twice the room
        size_t size = q->size ? q->size * 2 : 1024;
        struct timer *larger = malloc(size * sizeof *larger);
        for (size_t i = 0; i < q->count; i++)
            larger[i] = q->ring[(q->first + i) % q->size];
        free(q->ring);
        q->ring = larger, q->first = 0, q->size = size;
    }
    q->ring[(q->first + q->count++) % q->size] = (struct timer){ now() + q->delay, end, octets };
    end->link->timers++;
}

static struct end *dequeue(struct queue *q, size_t *octets)
{
    struct timer *t = &q->ring[q->first];
    q->first = (q->first + 1) % q->size, q->count--;
    *octets = t->octets;
    t->end->link->timers--;
    return t->end;
}

static int is_due(struct queue *q, long long at) { return q->count && q->ring[q->first].due <= at; }

static void drop_first_block(struct end *e)
{
    struct block *b = e->first;
    if (!(e->first = b->next))
        e->last = NULL;
    b->next = spare;
    spare = b;
}

static struct block *room_to_read(struct end *e)
{
    if (e->last && BLOCK - e->last->to >= LEAST_READ)
        return e->last;
    struct block *b = spare;
    if (b)
        spare = b->next;
    else if (!(b = malloc(sizeof *b)))
        die("memory");
    b->next = NULL, b->from = b->to = 0;
    if (e->last)
        e->last->next = b;
    else
        e->first = b;
    return e->last = b;
}

// Asks for the events that this end can use now: to read while not too much is held, to write while something is due and stuck.
static void watch(struct end *e)
{
    if (e->socket < 0 || e->link->is_dead)
        return;
    int reads = !e->has_ended && e->held < MOST, writes = e->other->due > 0;
    unsigned wanted = (reads ? EPOLLIN : 0) | (writes ? EPOLLOUT : 0);
    if (e->has_ended && e->other->end_is_told) { // a hang-up is reported whether asked for or not
        epoll_ctl(poller, EPOLL_CTL_DEL, e->socket, NULL);
    } else if (wanted != e->watched) {
        struct epoll_event event = { .events = wanted, .data.ptr = e };
        epoll_ctl(poller, EPOLL_CTL_MOD, e->socket, &event);
        e->watched = wanted;
    }
}

static void start_watching(struct end *e)
{
    struct epoll_event event = { .events = e->watched = EPOLLIN, .data.ptr = e };
    if (epoll_ctl(poller, EPOLL_CTL_ADD, e->socket, &event))
        die("epoll");
    setsockopt(e->socket, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
}

static void drop(struct link *l)
{
    if (l->is_dead)
        return;
    l->is_dead = 1;
    struct end *ends[] = { &l->client, &l->server };
    for (int i = 0; i < 2; i++) {
        if (ends[i]->socket >= 0)
            close(ends[i]->socket);
        while (ends[i]->first)
            drop_first_block(ends[i]);
    }
    l->next_dead = dead; // events and timers may still name it
    dead = l;
}

static void free_the_dead(void)
{
    for (struct link **at = &dead, *l; (l = *at);)
        if (l->timers == 0)
            *at = l->next_dead, free(l);
        else
            at = &l->next_dead;
}

// Hands what is due of this end to the other one.
static void deliver(struct end *e)
{
    int to = e->other->socket;
    if (e->link->is_dead || to < 0)
        return;
    while (e->due) {
        struct block *b = e->first;
        size_t some = b->to - b->from < e->due ? b->to - b->from : e->due;
        ssize_t sent = send(to, b->octets + b->from, some, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN)
            break;
        if (sent < 0) {
            drop(e->link);
            return;
        }
        b->from += sent, e->due -= sent, e->held -= sent;
        if (b->from == b->to)
            drop_first_block(e);
    }
    if (e->end_is_due && !e->due && !e->end_is_told) {
        shutdown(to, SHUT_WR);
        e->end_is_told = 1;
        if (e->other->end_is_told) {
            drop(e->link);
            return;
        }
    }
    watch(e);
    watch(e->other);
}

static void take(struct end *e)
{
    for (int reads = 0; reads < 4 && !e->has_ended && e->held < MOST; reads++) {
        struct block *b = room_to_read(e);
        size_t room = BLOCK - b->to;
        ssize_t got = recv(e->socket, b->octets + b->to, room, 0);
        if (got < 0 && errno != EAGAIN) {
            drop(e->link);
            return;
        }
        if (got >= 0) {
            b->to += got, e->held += got;
            e->has_ended = got == 0;
            enqueue(&under_way, e, got);
        }
        if (b->from == b->to && b == e->first) // nothing came after all
            drop_first_block(e);
        if (got < (ssize_t)room)
            break;
    }
    watch(e);
}

static void accept_client(int listener)
{
    int socket = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0)
        return; // it went away again
    struct link *l = calloc(1, sizeof *l);
    l->client = (struct end){ .link = l, .other = &l->server, .socket = socket };
    l->server = (struct end){ .link = l, .other = &l->client, .socket = -1 };
    start_watching(&l->client);
    enqueue(&connecting, &l->server, 0);
}

static void connect_server(struct end *e)
{
    if (e->link->is_dead)
        return;
    e->socket = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connect(e->socket, (struct sockaddr *)&server_address, sizeof server_address) && errno != EINPROGRESS) {
        drop(e->link);
        return;
    }
    start_watching(e);
    deliver(e->other);
}

static void run_timers(void)
{
    size_t octets;
    long long at = now();
    while (is_due(&connecting, at))
        connect_server(dequeue(&connecting, &octets));
    while (is_due(&under_way, at)) {
        struct end *e = dequeue(&under_way, &octets);
        e->due += octets;
        e->end_is_due |= octets == 0;
        deliver(e);
    }
}

static struct timespec *until_next(struct timespec *wait)
{
    if (!connecting.count && !under_way.count)
        return NULL;
    long long next = under_way.count ? under_way.ring[under_way.first].due : connecting.ring[connecting.first].due;
    if (connecting.count && connecting.ring[connecting.first].due < next)
        next = connecting.ring[connecting.first].due;
    long long left = next - now();
    *wait = left > 0 ? (struct timespec){ left / 1000000000, left % 1000000000 } : (struct timespec){ 0 };
    return wait;
}

int main(int argc, char **argv)
{
    static const struct option options[] = { { "listen", 1, 0, 'l' }, { "to", 1, 0, 't' }, { "rtt", 1, 0, 'r' }, { "host", 1, 0, 'h' }, { 0 } };
    struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    double rtt = -1;
    server_address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        switch (option) {
        case 'l': here.sin_port = htons(atoi(optarg)); break;
        case 't': server_address.sin_port = htons(atoi(optarg)); break;
        case 'r': rtt = atof(optarg); break;
        case 'h': inet_pton(AF_INET, optarg, &server_address.sin_addr); break;
        default: return 64;
        }
    if (rtt < 0 || !server_address.sin_port) {
        fprintf(stderr, "delay --listen PORT --to PORT --rtt MS [--host ADDRESS]\n");
        return 64;
    }
    under_way.delay = rtt * 1e6 / 2;
    connecting.delay = rtt * 1e6 * 1.5;
    prctl(PR_SET_TIMERSLACK, 1UL);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);

    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    socklen_t length = sizeof here;
    if (bind(listener, (struct sockaddr *)&here, sizeof here) || listen(listener, 4096)
        || getsockname(listener, (struct sockaddr *)&here, &length))
        die("listen");
    poller = epoll_create1(EPOLL_CLOEXEC);
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &(struct epoll_event){ .events = EPOLLIN, .data.ptr = NULL });
    printf("%d\n", ntohs(here.sin_port));
    fflush(stdout);

    for (struct epoll_event events[256];;) {
        struct timespec wait;
        int ready = epoll_pwait2(poller, events, 256, until_next(&wait), NULL);
        for (int i = 0; i < ready; i++) {
            struct end *e = events[i].data.ptr;
            if (!e)
                accept_client(listener);
            else if (!e->link->is_dead && (events[i].events & EPOLLERR))
                drop(e->link);
            else if (!e->link->is_dead) {
                if (events[i].events & (EPOLLIN | EPOLLHUP))
                    take(e);
                if (events[i].events & EPOLLOUT)
                    deliver(e->other);
            }
        }
        run_timers();
        free_the_dead();
    }
}
