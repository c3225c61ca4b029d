"""What a spinning disk takes: seeks by distance, rotation, and a cache that a flush empties."""

from __future__ import annotations

import ctypes
import random
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest
from benchmarks.emulated_disks import MODEL, compiled

SECTORS = 4_000_000
TRACK = 2442
TURN_S = 60 / 7200
CACHE_SECTORS = (64 << 20) // 512


class Model:
    """A disk of spinning_model.c."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library
        library.disk_new.restype = ctypes.c_void_p
        for name in ("disk_seek_s", "disk_access_s", "disk_read", "disk_flush"):
            getattr(library, name).restype = ctypes.c_double
        self._disk = ctypes.c_void_p(library.disk_new(ctypes.c_uint64(SECTORS)))

    def _call(self, name: str, *arguments: float) -> float:
        values = [
            ctypes.c_double(each) if isinstance(each, float) else ctypes.c_uint64(each)
            for each in arguments
        ]
        result: float = getattr(self._library, name)(self._disk, *values)
        return result

    def seek_s(self, start: int, end: int) -> float:
        return self._call("disk_seek_s", start, end)

    def access_s(self, sector: int, now: float) -> float:
        return self._call("disk_access_s", sector, now)

    def read(self, sector: int, count: int, now: float) -> float:
        return self._call("disk_read", sector, count, now)

    def write(self, sector: int, count: int) -> bool:
        return self._call("disk_write", sector, count) == 1

    def has_cached(self, sector: int, count: int) -> bool:
        return self._call("disk_has_cached", sector, count) == 1

    def flush(self, now: float) -> float:
        return self._call("disk_flush", now)

    def close(self) -> None:
        self._library.disk_free(self._disk)


@pytest.fixture
def library(build: Path) -> ctypes.CDLL:
    shared = compiled(MODEL, build / "spinning_model.so", "-shared", "-fPIC", "-lm")
    return ctypes.CDLL(str(shared))


@pytest.fixture
def disk(library: ctypes.CDLL) -> Iterator[Model]:
    model = Model(library)
    yield model
    model.close()


def transfer_s(sectors: int) -> float:
    return sectors * TURN_S / TRACK


def test_a_seek_costs_by_distance_and_8_ms_on_average(disk: Model) -> None:
    assert disk.seek_s(TRACK, 2 * TRACK - 1) == 0
    far = [disk.seek_s(0, distance) for distance in (TRACK, 100 * TRACK, SECTORS // 2, SECTORS)]
    assert far == sorted(far)
    assert 0.001 < far[0] < 0.002
    assert far[-1] == pytest.approx(0.014, rel=0.01)
    assert disk.seek_s(SECTORS // 2, 0) == disk.seek_s(0, SECTORS // 2)
    source = random.Random(7)
    seeks = [disk.seek_s(source.randrange(SECTORS), source.randrange(SECTORS)) for _ in range(5000)]
    assert statistics.mean(seeks) == pytest.approx(0.008, rel=0.05)


def test_an_access_waits_for_seek_and_rotation(disk: Model) -> None:
    # On the track of the head, it is as far as the platter has yet to turn.
    assert disk.access_s(TRACK // 2, 0.0) == pytest.approx(TURN_S / 2)
    source = random.Random(7)
    for _ in range(1000):
        sector = source.randrange(SECTORS)
        wait_s = disk.access_s(sector, source.random()) - disk.seek_s(0, sector)
        assert 0 <= wait_s <= TURN_S


def test_what_goes_on_where_the_head_stands_is_free(disk: Model) -> None:
    done_at = disk.read(1000, 8, 0.0)
    for sector in range(1008, 20_000, 8):
        done_at, before = disk.read(sector, 8, done_at), done_at
        assert done_at - before == pytest.approx(transfer_s(8))
    # After a pause the disk has read on; a write must wait for its sector to come round again.
    assert disk.read(20_000, 8, done_at + 1) == done_at + 1
    end = 20_008
    assert disk.write(end, 8)
    written_at = disk.flush(done_at + 1)
    assert written_at - (done_at + 1) == pytest.approx(transfer_s(8))
    assert disk.write(end + 8, 8)
    pause_s = 0.001
    later_at = disk.flush(written_at + pause_s)
    assert later_at - written_at == pytest.approx(TURN_S + transfer_s(8))


def test_writes_are_answered_from_the_cache_until_it_is_full(disk: Model) -> None:
    block = CACHE_SECTORS // 64
    for number in range(64):
        assert disk.write(number * 2 * block, block)
    assert disk.has_cached(0, block)
    assert not disk.has_cached(0, block + 1)
    assert not disk.write(SECTORS // 2, 8)
    disk.flush(0.0)
    assert not disk.has_cached(0, 8)
    assert disk.write(SECTORS // 2, 8)


def test_cached_ranges_merge_whatever_their_order(disk: Model) -> None:
    for sector in (80, 96, 88, 84, 200):
        assert disk.write(sector, 8)
    assert disk.has_cached(80, 24)
    assert not disk.has_cached(80, 25)
    assert not disk.has_cached(79, 2)
    # Overlaps count once: all of the cache but 32 sectors is still free.
    assert disk.write(1000, CACHE_SECTORS - 32)
    assert not disk.write(500_000, 1)


def test_a_flush_waits_for_everything_in_the_order_of_the_sectors(library: ctypes.CDLL) -> None:
    sectors = [sector * 8 for sector in random.Random(7).sample(range(SECTORS // 8), 200)]
    ends, singly = [], Model(library)
    for order in (sorted(sectors), sectors):
        disk = Model(library)
        for sector in order:
            assert disk.write(sector, 8)
        ends.append(disk.flush(0.0))
        assert not any(disk.has_cached(sector, 8) for sector in sectors)
        assert disk.flush(ends[-1]) == ends[-1]  # nothing is left to write
        disk.close()
    now = 0.0
    for sector in sectors:
        singly.write(sector, 8)
        now = singly.flush(now)
    singly.close()
    assert ends[0] == ends[1]
    assert ends[0] >= 200 * transfer_s(8)
    assert ends[0] < now / 1.5
