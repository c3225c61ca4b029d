/* Counts the syncs of a process, and delays those of one folder.
 *
 * Built and preloaded (LD_PRELOAD) by emulated_disks.py. SYNC_DELAY_STATE names a file of four
 * 64-bit words: the delay in microseconds, whether syncs overlap, the syncs in the folder, the
 * syncs elsewhere. All processes map it. Unless syncs overlap, they queue for its lock while a sync
 * of the folder runs and is delayed, as for a disk with one head. SYNC_DELAY_FOLDER is the folder. Without these variables nothing is
 * counted or delayed.
 *
 * Files opened with O_SYNC or O_DSYNC, msync and io_uring are not seen.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

struct state {
    _Atomic uint64_t delay_us, overlap, in_folder, elsewhere;
};

static struct state *state;
static const char *state_path, *folder;
static int (*real_fsync)(int), (*real_fdatasync)(int), (*real_syncfs)(int);
static int (*real_sync_file_range)(int, off64_t, off64_t, unsigned int);
static void (*real_sync)(void);

static void give_up(const char *what) {
    fprintf(stderr, "sync_delay: %s %s: %s\n", what, state_path, strerror(errno));
    _exit(127);
}

__attribute__((constructor)) static void start(void) {
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_syncfs = dlsym(RTLD_NEXT, "syncfs");
    real_sync_file_range = dlsym(RTLD_NEXT, "sync_file_range");
    real_sync = dlsym(RTLD_NEXT, "sync");
    state_path = getenv("SYNC_DELAY_STATE");
    folder = getenv("SYNC_DELAY_FOLDER");
    if (!state_path || !folder) return;
    int descriptor = open(state_path, O_RDWR | O_CLOEXEC);
    if (descriptor < 0) give_up("cannot open");
    void *mapped = mmap(NULL, sizeof *state, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (mapped == MAP_FAILED) give_up("cannot map");
    close(descriptor);
    state = mapped;
}

/* Whether the file or folder lies in the folder; a deleted one keeps its path in /proc. */
static int is_in_folder(int descriptor) {
    char link[40], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path);
    size_t prefix = strlen(folder);
    return length >= (ssize_t)prefix && memcmp(path, folder, prefix) == 0 &&
           (length == (ssize_t)prefix || path[prefix] == '/');
}

/* Count a sync, and take the disk if it is delayed; -1 if the caller need not wait. */
static int take_disk(int in_folder) {
    if (!state) return -1;
    atomic_fetch_add(in_folder ? &state->in_folder : &state->elsewhere, 1);
    if (!in_folder || !atomic_load(&state->delay_us)) return -1;
    int disk = open(state_path, O_RDWR | O_CLOEXEC);
    if (disk < 0) give_up("cannot open");
    while (!atomic_load(&state->overlap) && flock(disk, LOCK_EX) != 0)
        if (errno != EINTR) give_up("cannot lock");
    return disk;
}

/* Wait out the delay and leave the disk to the next; errno stays that of the sync. */
static void leave_disk(int disk) {
    if (disk < 0) return;
    int error = errno;
    uint64_t delay_us = atomic_load(&state->delay_us);
    struct timespec rest = {(time_t)(delay_us / 1000000), (long)(delay_us % 1000000) * 1000};
    while (nanosleep(&rest, &rest) != 0 && errno == EINTR) {
    }
    close(disk);
    errno = error;
}

#define DELAYED(descriptor, call)                                     \
    int disk = take_disk(state && is_in_folder(descriptor));          \
    int result = call;                                                \
    leave_disk(disk);                                                 \
    return result;

int fsync(int descriptor) { DELAYED(descriptor, real_fsync(descriptor)) }

int fdatasync(int descriptor) { DELAYED(descriptor, real_fdatasync(descriptor)) }

int syncfs(int descriptor) { DELAYED(descriptor, real_syncfs(descriptor)) }

int sync_file_range(int descriptor, off64_t from, off64_t count, unsigned int flags) {
    if (!(flags & (SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WAIT_AFTER)))
        return real_sync_file_range(descriptor, from, count, flags);
    DELAYED(descriptor, real_sync_file_range(descriptor, from, count, flags))
}

void sync(void) {
    int disk = take_disk(1);
    real_sync();
    leave_disk(disk);
}
