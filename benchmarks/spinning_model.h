/* What a disk with a head, platters and a write cache takes for reads, writes and flushes.
 *
 * Used by spinning_disk.c, which serves it as a file, and by the tests. It holds no data and no
 * clock: times are seconds on the caller's clock. A sector has 512 bytes.
 *
 * - The head needs SEEK_MIN_S to the next track and SEEK_MIN_S + SEEK_ROOT_S to the other end of
 *   the disk, by the square root of the distance: 8 ms on average.
 * - Then it waits until the sector comes round: nothing if it goes on where it stopped, up to a
 *   whole turn if the sector has just passed.
 * - A read that goes on where the last read ended costs at most its transfer, because the disk has
 *   read on meanwhile. Data in the write cache costs nothing.
 * - A write costs nothing until a flush, or until the cache is full. Then everything in the cache
 *   is written in the order of the sectors, once round from the head.
 */
#ifndef SPINNING_MODEL_H
#define SPINNING_MODEL_H

#include <stddef.h>
#include <stdint.h>

#define SECTOR_BYTES 512
#define TURN_S (60.0 / 7200)
#define SECTORS_PER_TRACK 2442 /* 150 MB/s */
#define SEEK_MIN_S 0.001
#define SEEK_ROOT_S 0.013
#define CACHE_SECTORS (64u << 20 >> 9)

struct disk;

/* A disk of `sectors`, idle at its first sector; NULL without memory. */
struct disk *disk_new(uint64_t sectors);
void disk_free(struct disk *disk);

/* Seconds to move the head from one sector's track to another's. */
double disk_seek_s(const struct disk *disk, uint64_t from, uint64_t to);

/* Seconds from `now` until the head stands at the sector, as seek and rotation. */
double disk_access_s(const struct disk *disk, uint64_t sector, double now);

/* The same for a read: nothing where the disk has read on. */
double disk_read_access_s(const struct disk *disk, uint64_t sector, double now);

/* Whether all of the range is in the write cache. */
int disk_has_cached(const struct disk *disk, uint64_t sector, uint64_t count);

/* Read, and return when it is done. */
double disk_read(struct disk *disk, uint64_t sector, uint64_t count, double now);

/* Put a range into the write cache; 0 if it has no room, and a flush must come first. */
int disk_write(struct disk *disk, uint64_t sector, uint64_t count);

/* Write everything in the cache, and return when it is empty. */
double disk_flush(struct disk *disk, double now);

/* Empty the cache at no cost. */
void disk_forget(struct disk *disk);

/* How often the head was moved to another track or waited for a sector. */
uint64_t disk_accesses(const struct disk *disk);

#endif
