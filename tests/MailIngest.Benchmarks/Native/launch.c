// Starts a command, waits for it, and writes what it cost into a file: launch FILE COMMAND [ARGUMENT]...
//
//   wall_ns=… user_us=… sys_us=… maxrss_kb=…
//
// user, sys: the command and every descendant that was waited for. maxrss: the largest single process among them.
// The kernel counts the image that calls exec into the peak of what it executes, so a large launcher (a runtime, a shell)
// would hide the peak of a small program. This one is as small as a program can be and spawns without copying itself.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;
static pid_t child;

// Who ends the launcher means the command.
static void pass_on(int number) { if (child > 0) kill(child, number); }

static long long now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static long long micros(struct timeval t) { return t.tv_sec * 1000000LL + t.tv_usec; }

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "launch FILE COMMAND [ARGUMENT]...\n");
        return 64;
    }

    // Opened first: a figure that cannot be written must not be found out after an hour's run. Close-on-exec: it is not the command's.
    FILE *figures = fopen(argv[1], "we");
    if (!figures) {
        fprintf(stderr, "launch: %s: %s\n", argv[1], strerror(errno));
        return 73;
    }

    long long start = now();
    int failed = posix_spawnp(&child, argv[2], NULL, NULL, argv + 2, environ);
    if (failed) {
        fprintf(stderr, "launch: %s: %s\n", argv[2], strerror(failed));
        return failed == ENOENT ? 127 : 126;
    }
    struct sigaction passing = { .sa_handler = pass_on, .sa_flags = SA_RESTART };
    sigaction(SIGTERM, &passing, NULL);
    sigaction(SIGINT, &passing, NULL);

    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) {
            fprintf(stderr, "launch: wait: %s\n", strerror(errno));
            return 71;
        }
    long long wall = now() - start;

    struct rusage cost;
    getrusage(RUSAGE_CHILDREN, &cost);
    fprintf(figures, "wall_ns=%lld user_us=%lld sys_us=%lld maxrss_kb=%ld\n", wall, micros(cost.ru_utime), micros(cost.ru_stime), cost.ru_maxrss);
    if (fclose(figures)) {
        fprintf(stderr, "launch: %s: %s\n", argv[1], strerror(errno));
        return 74;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
