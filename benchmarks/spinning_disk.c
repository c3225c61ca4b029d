/* Serves one file over FUSE whose reads, writes and fsyncs take as long as on a spinning disk.
 *
 *     spinning_disk BACKING FILE STATE
 *
 * Built and run by emulated_disks.py, which puts a loop device on FILE. BACKING holds the data and
 * gives the size. The file is mounted on FILE; "ready" is printed once it is, and the program ends
 * when it is unmounted or its parent dies. STATE is a file of 64-bit words, mapped by both:
 * whether the disk takes its time (if not, everything is answered at once), and what it did.
 *
 * Reads that wait together are served nearest first, as with NCQ. A flush, or a write for which
 * the cache has no room, waits for the reads before it and holds up what comes after it. The
 * disk writes only then, never because it is idle.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "spinning_model.h"

#ifndef PR_SET_IO_FLUSHER
#define PR_SET_IO_FLUSHER 57
#endif
#define MAX_PAGES 256
#define MAX_TRANSFER (MAX_PAGES * 4096)
#define MAX_WAITING 1024

struct state {
    _Atomic uint64_t takes_time, reads, read_bytes, writes, written_bytes, flushes, accesses,
        busy_us;
};

enum kind { READ, WRITE, FLUSH };

struct request {
    enum kind kind;
    uint64_t unique, offset, size; /* bytes */
};

static int fuse, backing;
static uint64_t size_bytes;
static struct state *state;
static struct disk *disk;
static struct request waiting[MAX_WAITING]; /* in the order they came */
static size_t waiting_count;
static struct request current;
static int is_busy;
static double done_at;
static char buffer[MAX_TRANSFER + 4096] __attribute__((aligned(4096)));
static char data[MAX_TRANSFER] __attribute__((aligned(4096)));

static void fail(const char *what, const char *name) {
    fprintf(stderr, "spinning_disk: %s %s: %s\n", what, name, strerror(errno));
    exit(1);
}

static double now_s(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static uint64_t sector_of(const struct request *request) { return request->offset / SECTOR_BYTES; }

static uint64_t sectors_of(const struct request *request) {
    return (request->size + SECTOR_BYTES - 1) / SECTOR_BYTES;
}

/* --- answers ------------------------------------------------------------------------------- */

static void answer(uint64_t unique, int error, const void *body, size_t length) {
    struct fuse_out_header head = {(uint32_t)(sizeof head + length), -error, unique};
    struct iovec parts[] = {{&head, sizeof head}, {(void *)body, length}};
    /* A request that was interrupted takes no answer (ENOENT). */
    if (writev(fuse, parts, 2) < 0 && errno != ENOENT) fail("cannot answer", "/dev/fuse");
}

static void answer_done(const struct request *request) {
    if (request->kind == READ) {
        ssize_t count = pread(backing, data, request->size, (off_t)request->offset);
        answer(request->unique, count < 0 ? errno : 0, data, count < 0 ? 0 : (size_t)count);
    } else if (request->kind == WRITE) {
        struct fuse_write_out out = {(uint32_t)request->size, 0};
        answer(request->unique, 0, &out, sizeof out);
    } else {
        answer(request->unique, 0, NULL, 0);
    }
}

static struct fuse_attr attributes(void) {
    struct fuse_attr attr = {0};
    attr.ino = FUSE_ROOT_ID;
    attr.size = size_bytes;
    attr.blocks = size_bytes / SECTOR_BYTES;
    attr.mode = S_IFREG | 0600;
    attr.nlink = 1;
    attr.blksize = 4096;
    return attr;
}

static void answer_init(uint64_t unique, const struct fuse_init_in *in) {
    struct fuse_init_out out = {0};
    out.major = FUSE_KERNEL_VERSION;
    out.minor = FUSE_KERNEL_MINOR_VERSION;
    out.max_readahead = in->max_readahead;
    out.flags = in->flags & (FUSE_ASYNC_READ | FUSE_BIG_WRITES | FUSE_ASYNC_DIO | FUSE_MAX_PAGES);
    out.max_background = MAX_WAITING / 4;
    out.congestion_threshold = MAX_WAITING / 4;
    out.max_write = MAX_TRANSFER;
    out.max_pages = MAX_PAGES;
    out.time_gran = 1;
    answer(unique, 0, &out, sizeof out);
}

/* --- the disk ------------------------------------------------------------------------------ */

static void count(const struct request *request) {
    if (request->kind == FLUSH) {
        state->flushes++;
    } else if (request->kind == READ) {
        state->reads++;
        state->read_bytes += request->size;
    } else {
        state->writes++;
        state->written_bytes += request->size;
    }
}

/* Answer at once what costs nothing, and keep the rest in the queue. */
static void take(const struct request *request) {
    if (!state->takes_time) {
        disk_forget(disk);
        answer_done(request);
        return;
    }
    count(request);
    int is_held_up = 0;
    for (size_t index = 0; index < waiting_count; index++)
        is_held_up |= waiting[index].kind != READ;
    int is_free = request->kind == READ
        ? disk_has_cached(disk, sector_of(request), sectors_of(request))
        : request->kind == WRITE && !is_held_up &&
              !(is_busy && current.kind != READ) &&
              disk_write(disk, sector_of(request), sectors_of(request));
    if (is_free) {
        answer_done(request);
    } else if (waiting_count == MAX_WAITING) {
        errno = ENOBUFS;
        fail("too many requests on", "/dev/fuse");
    } else {
        waiting[waiting_count++] = *request;
    }
}

/* The place in the queue of the next request: the nearest read, or what held up the others. */
static size_t next_request(double now) {
    size_t nearest = 0;
    for (size_t index = 1; index < waiting_count && waiting[0].kind == READ; index++) {
        if (waiting[index].kind != READ) break;
        if (disk_read_access_s(disk, sector_of(&waiting[index]), now) <
            disk_read_access_s(disk, sector_of(&waiting[nearest]), now))
            nearest = index;
    }
    return nearest;
}

static void begin_next(void) {
    double now = now_s();
    size_t index = next_request(now);
    current = waiting[index];
    waiting_count--;
    memmove(&waiting[index], &waiting[index + 1], (waiting_count - index) * sizeof *waiting);
    uint64_t accesses = disk_accesses(disk);
    done_at = now;
    if (current.kind == READ) {
        posix_fadvise(backing, (off_t)current.offset, (off_t)current.size, POSIX_FADV_WILLNEED);
        done_at = disk_read(disk, sector_of(&current), sectors_of(&current), now);
    } else if (current.kind == FLUSH) {
        done_at = disk_flush(disk, now);
    } else if (!disk_write(disk, sector_of(&current), sectors_of(&current))) {
        done_at = disk_flush(disk, now);
        disk_write(disk, sector_of(&current), sectors_of(&current));
    }
    state->accesses += disk_accesses(disk) - accesses;
    state->busy_us += (uint64_t)((done_at - now) * 1e6);
    is_busy = 1;
}

/* --- requests ------------------------------------------------------------------------------ */

/* Take one request of the kernel; 0 if the file was unmounted. */
static int receive(void) {
    ssize_t length = read(fuse, buffer, sizeof buffer);
    if (length < 0) {
        if (errno == ENODEV) return 0;
        if (errno == EINTR || errno == EAGAIN || errno == ENOENT) return 1;
        fail("cannot read", "/dev/fuse");
    }
    const struct fuse_in_header *head = (const void *)buffer;
    const void *body = buffer + sizeof *head;
    struct request request = {FLUSH, head->unique, 0, 0};
    switch (head->opcode) {
    case FUSE_INIT:
        answer_init(head->unique, body);
        break;
    case FUSE_GETATTR: {
        struct fuse_attr_out out = {3600, 0, 0, attributes()};
        answer(head->unique, 0, &out, sizeof out);
        break;
    }
    case FUSE_OPEN: {
        struct fuse_open_out out = {0};
        out.open_flags = FOPEN_DIRECT_IO | FOPEN_PARALLEL_DIRECT_WRITES;
        answer(head->unique, 0, &out, sizeof out);
        break;
    }
    case FUSE_READ: {
        const struct fuse_read_in *in = body;
        request.kind = READ;
        request.offset = in->offset;
        request.size = in->size;
        take(&request);
        break;
    }
    case FUSE_WRITE: {
        const struct fuse_write_in *in = body;
        request.kind = WRITE;
        request.offset = in->offset;
        request.size = in->size;
        /* The data is stored now, whenever the disk says that it has it. */
        if (pwrite(backing, in + 1, in->size, (off_t)in->offset) != (ssize_t)in->size)
            answer(head->unique, errno ? errno : EIO, NULL, 0);
        else
            take(&request);
        break;
    }
    case FUSE_FSYNC:
        take(&request);
        break;
    case FUSE_RELEASE:
        answer(head->unique, 0, NULL, 0);
        break;
    case FUSE_FORGET:
    case FUSE_BATCH_FORGET:
    case FUSE_INTERRUPT:
        break; /* these take no answer */
    default:
        answer(head->unique, ENOSYS, NULL, 0);
    }
    return 1;
}

static void serve(void) {
    struct pollfd poll = {fuse, POLLIN, 0};
    for (;;) {
        double left = is_busy ? done_at - now_s() : -1;
        if (is_busy && left <= 0) {
            is_busy = 0;
            answer_done(&current);
        }
        if (!is_busy && waiting_count) {
            begin_next();
            continue;
        }
        struct timespec timeout = {0};
        if (is_busy && left > 0) {
            timeout.tv_sec = (time_t)left;
            timeout.tv_nsec = (long)((left - (double)timeout.tv_sec) * 1e9);
        }
        int ready = ppoll(&poll, 1, is_busy ? &timeout : NULL, NULL);
        if (ready < 0 && errno != EINTR) fail("cannot poll", "/dev/fuse");
        if (ready > 0 && !receive()) return;
    }
}

/* --- the start ----------------------------------------------------------------------------- */

/* Keep the disk on time on a busy machine, and free of waits for memory that it would free. */
static void become_a_disk(void) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_TIMERSLACK, 1);
    prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0);
    setpriority(PRIO_PROCESS, 0, -20);
    mlockall(MCL_CURRENT | MCL_FUTURE);
}

static void open_all(const char *backing_path, const char *state_path) {
    backing = open(backing_path, O_RDWR | O_CLOEXEC);
    struct stat stat;
    if (backing < 0 || fstat(backing, &stat) != 0) fail("cannot open", backing_path);
    size_bytes = (uint64_t)stat.st_size;
    int descriptor = open(state_path, O_RDWR | O_CLOEXEC);
    if (descriptor < 0) fail("cannot open", state_path);
    void *mapped = mmap(NULL, sizeof *state, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (mapped == MAP_FAILED) fail("cannot map", state_path);
    state = mapped;
    disk = disk_new(size_bytes / SECTOR_BYTES);
    if (!disk) fail("no memory for", "the disk");
    fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (fuse < 0) fail("cannot open", "/dev/fuse");
}

int main(int count, char **arguments) {
    if (count != 4) {
        fprintf(stderr, "usage: spinning_disk BACKING FILE STATE\n");
        return 2;
    }
    become_a_disk();
    open_all(arguments[1], arguments[3]);
    char options[100];
    snprintf(options, sizeof options, "fd=%d,rootmode=%o,user_id=0,group_id=0", fuse,
             S_IFREG | 0600);
    if (mount("spinning_disk", arguments[2], "fuse", MS_NOSUID | MS_NODEV, options) != 0)
        fail("cannot mount", arguments[2]);
    puts("ready");
    fflush(stdout);
    serve();
    disk_free(disk);
    return 0;
}
