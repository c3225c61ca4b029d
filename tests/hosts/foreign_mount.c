/* Shows a folder as another host does over a network: `foreign_mount FOLDER MOUNTPOINT [fuse options]`.

   Inodes are the mount's own, locks are those of one mount, times have whole seconds if
   WHOLE_SECONDS is set, and attributes may be a second old. Runs until it is unmounted. */
#define FUSE_USE_VERSION 31
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static const char *folder;
static int whole_seconds;

#define PLACE(name, path)                                            \
    char name[PATH_MAX];                                             \
    if (snprintf(name, sizeof name, "%s%s", folder, path) >= (int)sizeof name) return -ENAMETOOLONG
#define ANSWER(call) return (call) == -1 ? -errno : 0

static int get_attributes(const char *path, struct stat *found, struct fuse_file_info *info) {
    PLACE(place, path);
    if ((info ? fstat(info->fh, found) : lstat(place, found)) == -1) return -errno;
    if (whole_seconds) found->st_mtim.tv_nsec = found->st_ctim.tv_nsec = 0;
    found->st_nlink = 1;
    return 0;
}

static int list(const char *path, void *buffer, fuse_fill_dir_t fill, off_t offset,
                struct fuse_file_info *info, enum fuse_readdir_flags flags) {
    (void)offset, (void)info, (void)flags;
    PLACE(place, path);
    DIR *opened = opendir(place);
    if (!opened) return -errno;
    for (struct dirent *entry; (entry = readdir(opened));) {
        struct stat kind = {.st_mode = DTTOIF(entry->d_type)};
        if (fill(buffer, entry->d_name, &kind, 0, 0)) break;
    }
    closedir(opened);
    return 0;
}

static int open_file(const char *path, struct fuse_file_info *info) {
    PLACE(place, path);
    int descriptor = open(place, info->flags & ~O_NOFOLLOW);
    if (descriptor == -1) return -errno;
    info->fh = descriptor;
    return 0;
}

static int create_file(const char *path, mode_t mode, struct fuse_file_info *info) {
    PLACE(place, path);
    int descriptor = open(place, info->flags, mode);
    if (descriptor == -1) return -errno;
    info->fh = descriptor;
    return 0;
}

static int read_file(const char *path, char *buffer, size_t size, off_t offset,
                     struct fuse_file_info *info) {
    (void)path;
    ssize_t count = pread(info->fh, buffer, size, offset);
    return count == -1 ? -errno : (int)count;
}

static int write_file(const char *path, const char *buffer, size_t size, off_t offset,
                      struct fuse_file_info *info) {
    (void)path;
    ssize_t count = pwrite(info->fh, buffer, size, offset);
    return count == -1 ? -errno : (int)count;
}

static int close_file(const char *path, struct fuse_file_info *info) {
    (void)path;
    close(info->fh);
    return 0;
}

static int sync_file(const char *path, int only_data, struct fuse_file_info *info) {
    (void)path, (void)only_data, (void)info;
    return 0; /* the tests cut no power */
}

static int rename_file(const char *from, const char *to, unsigned int flags) {
    PLACE(old, from);
    PLACE(new, to);
    ANSWER(renameat2(AT_FDCWD, old, AT_FDCWD, new, flags));
}

static int link_file(const char *from, const char *to) {
    (void)from, (void)to;
    return -EPERM;
}

static int remove_file(const char *path) {
    PLACE(place, path);
    ANSWER(unlink(place));
}

static int make_folder(const char *path, mode_t mode) {
    PLACE(place, path);
    ANSWER(mkdir(place, mode));
}

static int remove_folder(const char *path) {
    PLACE(place, path);
    ANSWER(rmdir(place));
}

static int cut(const char *path, off_t size, struct fuse_file_info *info) {
    PLACE(place, path);
    ANSWER(info ? ftruncate(info->fh, size) : truncate(place, size));
}

static int set_times(const char *path, const struct timespec times[2],
                     struct fuse_file_info *info) {
    PLACE(place, path);
    ANSWER(info ? futimens(info->fh, times)
                : utimensat(AT_FDCWD, place, times, AT_SYMLINK_NOFOLLOW));
}

static int set_mode(const char *path, mode_t mode, struct fuse_file_info *info) {
    PLACE(place, path);
    ANSWER(info ? fchmod(info->fh, mode) : chmod(place, mode));
}

static int set_owner(const char *path, uid_t owner, gid_t group, struct fuse_file_info *info) {
    PLACE(place, path);
    ANSWER(info ? fchown(info->fh, owner, group) : lchown(place, owner, group));
}

static int space(const char *path, struct statvfs *found) {
    PLACE(place, path);
    ANSWER(statvfs(place, found));
}

static const struct fuse_operations OPERATIONS = {
    .getattr = get_attributes, .readdir = list, .open = open_file, .create = create_file,
    .read = read_file, .write = write_file, .release = close_file, .fsync = sync_file,
    .rename = rename_file, .link = link_file, .unlink = remove_file, .mkdir = make_folder,
    .rmdir = remove_folder, .truncate = cut, .utimens = set_times, .chmod = set_mode,
    .chown = set_owner, .statfs = space,
};

int main(int count, char **arguments) {
    if (count < 3) return 2;
    folder = realpath(arguments[1], NULL);
    whole_seconds = getenv("WHOLE_SECONDS") != NULL;
    arguments[1] = arguments[0];
    return folder ? fuse_main(count - 1, arguments + 1, &OPERATIONS, NULL) : 1;
}
