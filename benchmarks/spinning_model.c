#include "spinning_model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct range {
    uint64_t first, end; /* sectors; `end` is not in it */
};

struct disk {
    uint64_t sectors;
    uint64_t head;  /* the sector after the last one read or written */
    double free_at; /* when the head came there */
    int has_read;   /* whether the last work was a read */
    uint64_t accesses;
    uint64_t cached;                   /* sectors */
    size_t ranges;                     /* in the order of the sectors, never adjacent */
    struct range cache[CACHE_SECTORS]; /* memory is only used as far as it is filled */
};

struct disk *disk_new(uint64_t sectors) {
    struct disk *disk = calloc(1, sizeof *disk);
    if (disk) disk->sectors = sectors;
    return disk;
}

void disk_free(struct disk *disk) { free(disk); }

double disk_seek_s(const struct disk *disk, uint64_t from, uint64_t to) {
    uint64_t here = from / SECTORS_PER_TRACK, there = to / SECTORS_PER_TRACK;
    if (here == there) return 0;
    double tracks = (double)disk->sectors / SECTORS_PER_TRACK;
    double distance = (double)(here < there ? there - here : here - there);
    return SEEK_MIN_S + SEEK_ROOT_S * sqrt(fmin(1, distance / tracks));
}

double disk_access_s(const struct disk *disk, uint64_t sector, double now) {
    double begun = fmax(now, disk->free_at);
    if (sector == disk->head && begun == disk->free_at) return 0;
    double seek = disk_seek_s(disk, disk->head, sector);
    /* At free_at the head's sector passed under it; the platters have turned since. */
    double ahead = (double)(sector % SECTORS_PER_TRACK) - (double)(disk->head % SECTORS_PER_TRACK);
    double turned = begun + seek - disk->free_at;
    double wait = fmod(ahead * TURN_S / SECTORS_PER_TRACK - turned, TURN_S);
    return begun - now + seek + (wait < 0 ? wait + TURN_S : wait);
}

static int is_read_ahead(const struct disk *disk, uint64_t sector) {
    return disk->has_read && sector == disk->head;
}

double disk_read_access_s(const struct disk *disk, uint64_t sector, double now) {
    return is_read_ahead(disk, sector) ? 0 : disk_access_s(disk, sector, now);
}

static double transfer_s(uint64_t count) { return (double)count * TURN_S / SECTORS_PER_TRACK; }

double disk_read(struct disk *disk, uint64_t sector, uint64_t count, double now) {
    if (is_read_ahead(disk, sector)) {
        disk->free_at = fmax(now, disk->free_at + transfer_s(count));
    } else {
        disk->free_at = now + disk_access_s(disk, sector, now) + transfer_s(count);
        disk->accesses++;
    }
    disk->head = sector + count;
    disk->has_read = 1;
    return disk->free_at;
}

/* The first cached range that ends at or after the sector. */
static size_t range_at(const struct disk *disk, uint64_t sector) {
    size_t low = 0, high = disk->ranges;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (disk->cache[middle].end < sector) low = middle + 1;
        else high = middle;
    }
    return low;
}

int disk_has_cached(const struct disk *disk, uint64_t sector, uint64_t count) {
    size_t index = range_at(disk, sector + count);
    return index < disk->ranges && disk->cache[index].first <= sector;
}

int disk_write(struct disk *disk, uint64_t sector, uint64_t count) {
    if (disk->cached + count > CACHE_SECTORS) return 0;
    struct range merged = {sector, sector + count};
    size_t index = range_at(disk, sector), after = index;
    for (; after < disk->ranges && disk->cache[after].first <= merged.end; after++) {
        struct range *old = &disk->cache[after];
        disk->cached -= old->end - old->first;
        if (old->first < merged.first) merged.first = old->first;
        if (old->end > merged.end) merged.end = old->end;
    }
    memmove(&disk->cache[index + 1], &disk->cache[after],
            (disk->ranges - after) * sizeof *disk->cache);
    disk->cache[index] = merged;
    disk->ranges = disk->ranges - (after - index) + 1;
    disk->cached += merged.end - merged.first;
    return 1;
}

double disk_flush(struct disk *disk, double now) {
    size_t begin = range_at(disk, disk->head + 1), count = disk->ranges;
    double done_at = fmax(now, disk->free_at);
    for (size_t step = 0; step < count; step++) {
        struct range range = disk->cache[(begin + step) % count];
        double access = disk_access_s(disk, range.first, done_at);
        disk->accesses += access > 0;
        done_at += access + transfer_s(range.end - range.first);
        disk->head = range.end;
        disk->free_at = done_at;
        disk->has_read = 0;
    }
    disk_forget(disk);
    return done_at;
}

void disk_forget(struct disk *disk) {
    disk->ranges = 0;
    disk->cached = 0;
}

uint64_t disk_accesses(const struct disk *disk) { return disk->accesses; }
