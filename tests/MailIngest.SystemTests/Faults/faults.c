/* Sits between the worker and the C library (LD_PRELOAD): counts the calls on the worker's own files and sockets, in all its threads
   together, writes them down, and at the one it was told of kills the process, lets the call fail, or cuts the power of its disk.

     FAULTS_ROOT   the folder whose files are the worker's own; nothing is counted before the first call on one of them, or on a socket
     FAULTS_PORTS  "PORT NAME PORT NAME ...": what the servers at these ports are called
     FAULTS_LOG    a file outside of the root: each counted call is a line there, "CALL OBJECT = RESULT"
     FAULTS_RULES  lines "WHAT CALL OBJECT K": at the K-th call (0: at each) of this name on this object (patterns) do WHAT:
                   kill | cut           before the call: kill -9; shut down the file system of FAULTS_DISK (ext4), then kill -9
                   killafter | cutafter the same after the call
                   fail=ERRNO           no call, but this error (a close does close)
                   skip                 no call, but success

   An object is a path below the root, in which what looks like a GUID or a hash is "*", the name of a port,
   "socket" for any other, or "stdout", "stderr".
   Waiting (poll, epoll_wait) is not counted, nor what the runtime does with its own files. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

#define EXT4_IOC_SHUTDOWN _IOR('X', 125, unsigned)
#define MOST_DESCRIPTORS 65536
#define MOST_RULES 8

enum what { NOTHING, KILL, KILL_AFTER, CUT, CUT_AFTER, FAIL, SKIP };

static struct rule { enum what what; int error; char call[32], object[512]; long at; atomic_long seen; } rules[MOST_RULES];
static int rule_count, log_file = -1;
static const char *root, *disk;
static char *objects[MOST_DESCRIPTORS];
static atomic_int begun;

static void *(*real_dlsym)(void *, const char *);

static void *next(const char *name)
{
    static const char *const versions[] = { "GLIBC_2.34", "GLIBC_2.17", "GLIBC_2.2.5" };
    for (int i = 0; !real_dlsym && i < 3; i++)
        real_dlsym = dlvsym(RTLD_NEXT, "dlsym", versions[i]);
    return real_dlsym(RTLD_NEXT, name);
}

__attribute__((constructor)) static void start(void)
{
    root = getenv("FAULTS_ROOT");
    disk = getenv("FAULTS_DISK");
    next("open");
    const char *log = getenv("FAULTS_LOG"), *text = getenv("FAULTS_RULES");
    if (log)
        log_file = syscall(SYS_fcntl, syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND, 0600), F_DUPFD_CLOEXEC, 900);
    for (; text && *text && rule_count < MOST_RULES; text = strchr(text, '\n') ? strchr(text, '\n') + 1 : "") {
        static const char *const words[] = { "", "kill", "killafter", "cut", "cutafter", "fail", "skip" };
        struct rule *rule = &rules[rule_count];
        char what[32];
        if (sscanf(text, "%31s %31s %511s %ld", what, rule->call, rule->object, &rule->at) != 4)
            abort();
        char *error = strchr(what, '=');
        if (error)
            *error++ = 0, rule->error = atoi(error);
        for (int i = KILL; i <= SKIP; i++)
            if (!strcmp(what, words[i]))
                rule->what = i;
        rule_count++;
    }
}

/* The object of a path, for the caller to free; null when it is not the worker's own. */
static char *of_path(const char *path)
{
    if (!root || !path)
        return NULL;
    size_t length = strlen(root);
    if (strncmp(path, root, length) || (path[length] != '/' && path[length])) /* the worker's paths are absolute */
        return NULL;
    char *object = strdup(path[length] && path[length + 1] ? path + length + 1 : "."), *to = object;
    for (char *from = object; *from;) {
        size_t hex = strspn(from, "0123456789abcdef");
        if (hex == 32)
            *to++ = '*', from += hex;
        else
            do *to++ = *from++; while (hex-- > 1);
    }
    *to = 0;
    for (to = object; *to; to++)
        if (isspace((unsigned char)*to))
            *to = '_';
    return object;
}

static char *of(int fd)
{
    return fd >= 0 && fd < MOST_DESCRIPTORS ? fd == 1 ? "stdout" : fd == 2 ? "stderr" : objects[fd] : NULL;
}

static void is_now(int fd, char *object)
{
    if (fd >= 0 && fd < MOST_DESCRIPTORS)
        objects[fd] = object; /* what was there is leaked: another thread may be looking at it */
}

static void die(int cut)
{
    if (cut) {
        unsigned no_log_flush = 2;
        int fd = syscall(SYS_openat, AT_FDCWD, disk, O_RDONLY);
        if (syscall(SYS_ioctl, fd, EXT4_IOC_SHUTDOWN, &no_log_flush) < 0)
            abort();
    }
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

static void note(const char *call, const char *object, const char *result)
{
    char line[1024];
    int length = snprintf(line, sizeof line, "%s %s = %s\n", call, object, result);
    if (log_file >= 0)
        syscall(SYS_write, log_file, line, length < (int)sizeof line ? length : (int)sizeof line - 1);
}

/* Before a call: what is to be done at it, beyond dying before it. */
static struct rule *reached(const char *call, const char *object)
{
    if (!begun && (!strcmp(object, "stdout") || !strcmp(object, "stderr")))
        return NULL;
    begun = 1;
    struct rule *found = NULL;
    for (int i = 0; i < rule_count; i++) {
        struct rule *rule = &rules[i];
        if (fnmatch(rule->call, call, 0) || fnmatch(rule->object, object, 0)
            || (atomic_fetch_add(&rule->seen, 1) + 1 != rule->at && rule->at))
            continue;
        found = rule;
        if (rule->what == KILL || rule->what == CUT) {
            note(call, object, "killed");
            die(rule->what == CUT);
        }
    }
    return found;
}

/* After it. */
static void ended(struct rule *rule, const char *call, const char *object, long result)
{
    int error = errno;
    char text[32];
    if (result < 0)
        snprintf(text, sizeof text, "-%d", error);
    else
        snprintf(text, sizeof text, "%ld", result);
    if (begun)
        note(call, object, text);
    if (rule && (rule->what == KILL_AFTER || rule->what == CUT_AFTER))
        die(rule->what == CUT_AFTER);
    errno = error;
}

#define IS(rule, it) ((rule) && (rule)->what == (it))

/* A call on an object, its result in "result"; failed is what it returns with errno set. */
#define COUNTED(name, object, call, failed)                            \
    struct rule *rule = reached(name, object);                         \
    __auto_type result = failed;                                       \
    if (IS(rule, FAIL))                                                \
        errno = rule->error;                                           \
    else if (IS(rule, SKIP))                                           \
        result = 0;                                                    \
    else                                                               \
        result = call;                                                 \
    ended(rule, name, object, (long)result)

#define ON_FD(type, symbol, name, fd, params, args)                    \
    type symbol params                                                 \
    {                                                                  \
        static type(*real) params;                                     \
        if (!real) real = next(#symbol);                               \
        char *object = of(fd);                                         \
        if (!object) return real args;                                 \
        COUNTED(name, object, real args, (type)-1);                    \
        return result;                                                 \
    }

#define ON_PATH(type, symbol, name, path, params, args)                \
    type symbol params                                                 \
    {                                                                  \
        static type(*real) params;                                     \
        if (!real) real = next(#symbol);                               \
        char *object = of_path(path);                                  \
        if (!object) return real args;                                 \
        COUNTED(name, object, real args, (type)-1);                    \
        free(object);                                                  \
        return result;                                                 \
    }

/* Reading and writing. */
ON_FD(ssize_t, read, "read", fd, (int fd, void *to, size_t n), (fd, to, n))
ON_FD(ssize_t, write, "write", fd, (int fd, const void *from, size_t n), (fd, from, n))
ON_FD(ssize_t, readv, "readv", fd, (int fd, const struct iovec *to, int n), (fd, to, n))
ON_FD(ssize_t, writev, "writev", fd, (int fd, const struct iovec *from, int n), (fd, from, n))
ON_FD(ssize_t, pread, "pread", fd, (int fd, void *to, size_t n, off_t at), (fd, to, n, at))
ON_FD(ssize_t, pread64, "pread", fd, (int fd, void *to, size_t n, off64_t at), (fd, to, n, at))
ON_FD(ssize_t, pwrite, "pwrite", fd, (int fd, const void *from, size_t n, off_t at), (fd, from, n, at))
ON_FD(ssize_t, pwrite64, "pwrite", fd, (int fd, const void *from, size_t n, off64_t at), (fd, from, n, at))
ON_FD(ssize_t, preadv64, "preadv", fd, (int fd, const struct iovec *to, int n, off64_t at), (fd, to, n, at))
ON_FD(ssize_t, pwritev64, "pwritev", fd, (int fd, const struct iovec *from, int n, off64_t at), (fd, from, n, at))
ON_FD(off64_t, lseek64, "lseek", fd, (int fd, off64_t at, int from), (fd, at, from))
/* Making durable, making room. */
ON_FD(int, fsync, "fsync", fd, (int fd), (fd))
ON_FD(int, fdatasync, "fdatasync", fd, (int fd), (fd))
ON_FD(int, syncfs, "syncfs", fd, (int fd), (fd))
ON_FD(int, sync_file_range, "sync_file_range", fd, (int fd, off64_t at, off64_t n, unsigned how), (fd, at, n, how))
ON_FD(int, ftruncate64, "ftruncate", fd, (int fd, off64_t n), (fd, n))
ON_FD(int, fallocate64, "fallocate", fd, (int fd, int how, off64_t at, off64_t n), (fd, how, at, n))
ON_FD(int, flock, "flock", fd, (int fd, int how), (fd, how))
ON_FD(int, fchmod, "fchmod", fd, (int fd, mode_t mode), (fd, mode))
ON_FD(int, fchown, "fchown", fd, (int fd, uid_t user, gid_t group), (fd, user, group))
ON_FD(int, fstatfs, "fstatfs", fd, (int fd, struct statfs *to), (fd, to))
ON_FD(int, fstatfs64, "fstatfs", fd, (int fd, struct statfs64 *to), (fd, to))
ON_FD(int, fstat64, "fstat", fd, (int fd, struct stat64 *to), (fd, to))
ON_FD(int, __fxstat64, "fstat", fd, (int version, int fd, struct stat64 *to), (version, fd, to))
ON_FD(int, futimens, "futimens", fd, (int fd, const struct timespec times[2]), (fd, times))
/* Names. */
ON_PATH(int, link, "link", name, (const char *there, const char *name), (there, name))
ON_PATH(int, unlink, "unlink", path, (const char *path), (path))
ON_PATH(int, mkdir, "mkdir", path, (const char *path, mode_t mode), (path, mode))
ON_PATH(int, rmdir, "rmdir", path, (const char *path), (path))
ON_PATH(int, rename, "rename", to, (const char *from, const char *to), (from, to))
ON_PATH(int, chmod, "chmod", path, (const char *path, mode_t mode), (path, mode))
ON_PATH(int, access, "access", path, (const char *path, int how), (path, how))
ON_PATH(ssize_t, readlink, "readlink", path, (const char *path, char *to, size_t n), (path, to, n))
ON_PATH(int, statfs, "statfs", path, (const char *path, struct statfs *to), (path, to))
ON_PATH(int, statfs64, "statfs", path, (const char *path, struct statfs64 *to), (path, to))
ON_PATH(int, stat64, "stat", path, (const char *path, struct stat64 *to), (path, to))
ON_PATH(int, lstat64, "lstat", path, (const char *path, struct stat64 *to), (path, to))
ON_PATH(int, __xstat64, "stat", path, (int version, const char *path, struct stat64 *to), (version, path, to))
ON_PATH(int, __lxstat64, "lstat", path, (int version, const char *path, struct stat64 *to), (version, path, to))
ON_PATH(int, utimensat, "utimensat", path, (int at, const char *path, const struct timespec times[2], int how), (at, path, times, how))
/* Sockets. */
ON_FD(ssize_t, send, "send", fd, (int fd, const void *from, size_t n, int how), (fd, from, n, how))
ON_FD(ssize_t, sendmsg, "sendmsg", fd, (int fd, const struct msghdr *from, int how), (fd, from, how))
ON_FD(ssize_t, recv, "recv", fd, (int fd, void *to, size_t n, int how), (fd, to, n, how))
ON_FD(ssize_t, recvmsg, "recvmsg", fd, (int fd, struct msghdr *to, int how), (fd, to, how))
ON_FD(int, shutdown, "shutdown", fd, (int fd, int how), (fd, how))
ON_FD(int, bind, "bind", fd, (int fd, const struct sockaddr *to, socklen_t n), (fd, to, n))
ON_FD(int, getsockname, "getsockname", fd, (int fd, struct sockaddr *to, socklen_t *n), (fd, to, n))
ON_FD(int, getpeername, "getpeername", fd, (int fd, struct sockaddr *to, socklen_t *n), (fd, to, n))
ON_FD(int, getsockopt, "getsockopt", fd, (int fd, int level, int name, void *to, socklen_t *n), (fd, level, name, to, n))
ON_FD(int, setsockopt, "setsockopt", fd, (int fd, int level, int name, const void *from, socklen_t n), (fd, level, name, from, n))

/* Those that open, close, map or take what they like. */
#define OPENED(symbol, real_args, path)                                \
    int mode = 0;                                                      \
    va_list more;                                                      \
    va_start(more, flags);                                             \
    if (flags & (O_CREAT | __O_TMPFILE)) mode = va_arg(more, int);     \
    va_end(more);                                                      \
    if (!real) real = next(#symbol);                                   \
    char *object = of_path(path);                                      \
    if (!object) return real real_args;                                \
    COUNTED("open", object, real real_args, -1);                       \
    is_now(result, object);                                            \
    return result

int open(const char *path, int flags, ...) { static int (*real)(const char *, int, ...); OPENED(open, (path, flags, mode), path); }
int open64(const char *path, int flags, ...) { static int (*real)(const char *, int, ...); OPENED(open64, (path, flags, mode), path); }
int openat(int at, const char *path, int flags, ...)
{
    static int (*real)(int, const char *, int, ...);
    OPENED(openat, (at, path, flags, mode), path);
}

int close(int fd)
{
    static int (*real)(int);
    if (!real) real = next("close");
    char *object = of(fd);
    if (!object) return real(fd);
    struct rule *rule = reached("close", object);
    if (fd > 2)
        is_now(fd, NULL);
    int result = real(fd); /* always: Linux takes the descriptor away whatever it answers */
    if (IS(rule, FAIL))
        result = -1, errno = rule->error;
    ended(rule, "close", object, result);
    return result;
}

int socket(int family, int type, int protocol)
{
    static int (*real)(int, int, int);
    if (!real) real = next("socket");
    COUNTED("socket", "socket", real(family, type, protocol), -1);
    is_now(result, "socket");
    return result;
}

int connect(int fd, const struct sockaddr *to, socklen_t n)
{
    static int (*real)(int, const struct sockaddr *, socklen_t);
    if (!real) real = next("connect");
    if (!of(fd)) return real(fd, to, n);
    char port[8], *name = NULL;
    int is_ip = to->sa_family == AF_INET || to->sa_family == AF_INET6;
    snprintf(port, sizeof port, "%d", is_ip ? ntohs(((const struct sockaddr_in *)to)->sin_port) : 0);
    char *ports = strdup(getenv("FAULTS_PORTS") ? getenv("FAULTS_PORTS") : ""), *rest = ports;
    for (char *known; !name && (known = strtok_r(NULL, " ", &rest)) && (name = strtok_r(NULL, " ", &rest));)
        if (strcmp(known, port))
            name = NULL;
    is_now(fd, name ? name : "socket");
    COUNTED("connect", of(fd), real(fd, to, n), -1);
    return result;
}

int fcntl64(int fd, int what, ...)
{
    static int (*real)(int, int, ...);
    va_list more;
    va_start(more, what);
    void *argument = va_arg(more, void *);
    va_end(more);
    if (!real) real = next("fcntl64");
    char *object = of(fd);
    if (!object) return real(fd, what, argument);
    COUNTED("fcntl", object, real(fd, what, argument), -1);
    if (what == F_DUPFD || what == F_DUPFD_CLOEXEC)
        is_now(result, object);
    return result;
}

int fcntl(int fd, int what, ...)
{
    va_list more;
    va_start(more, what);
    void *argument = va_arg(more, void *);
    va_end(more);
    return fcntl64(fd, what, argument);
}

int ioctl(int fd, unsigned long what, ...)
{
    static int (*real)(int, unsigned long, ...);
    va_list more;
    va_start(more, what);
    void *argument = va_arg(more, void *);
    va_end(more);
    if (!real) real = next("ioctl");
    char *object = of(fd);
    if (!object) return real(fd, what, argument);
    COUNTED("ioctl", object, real(fd, what, argument), -1);
    return result;
}

void *mmap64(void *at, size_t n, int access, int how, int fd, off64_t from)
{
    static void *(*real)(void *, size_t, int, int, int, off64_t);
    if (!real) real = next("mmap64");
    char *object = how & MAP_ANONYMOUS ? NULL : of(fd);
    if (!object) return real(at, n, access, how, fd, from);
    COUNTED("mmap", object, real(at, n, access, how, fd, from), MAP_FAILED);
    return result;
}

int posix_fadvise64(int fd, off64_t at, off64_t n, int advice)
{
    static int (*real)(int, off64_t, off64_t, int);
    if (!real) real = next("posix_fadvise64");
    char *object = of(fd);
    if (!object) return real(fd, at, n, advice);
    COUNTED("fadvise", object, real(fd, at, n, advice), -1);
    return result < 0 ? errno : result;
}

DIR *opendir(const char *path)
{
    static DIR *(*real)(const char *);
    if (!real) real = next("opendir");
    char *object = of_path(path);
    if (!object) return real(path);
    COUNTED("opendir", object, real(path), NULL);
    if (result)
        is_now(dirfd(result), object);
    return result;
}

struct dirent64 *readdir64(DIR *folder)
{
    static struct dirent64 *(*real)(DIR *);
    if (!real) real = next("readdir64");
    char *object = of(dirfd(folder));
    if (!object) return real(folder);
    COUNTED("readdir", object, real(folder), NULL);
    return result;
}

int closedir(DIR *folder)
{
    static int (*real)(DIR *);
    if (!real) real = next("closedir");
    char *object = of(dirfd(folder));
    if (!object) return real(folder);
    is_now(dirfd(folder), NULL);
    COUNTED("closedir", object, real(folder), -1);
    return result;
}

/* .NET asks libc itself for the functions that it calls by P/Invoke: it is given ours. */
void *dlsym(void *library, const char *name)
{
    next("open");
    void *theirs = real_dlsym(library, name);
    Dl_info here, it;
    if (theirs && dladdr(theirs, &it) && strstr(it.dli_fname, "/libc.so") && dladdr((void *)dlsym, &here)) {
        static void *self;
        if (!self)
            self = dlopen(here.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
        void *ours = real_dlsym(self, name);
        if (ours && dladdr(ours, &it) && it.dli_fbase == here.dli_fbase)
            return ours;
    }
    return theirs;
}
