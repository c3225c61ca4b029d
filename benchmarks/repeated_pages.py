"""Measures the search for repeated pages over a drawn-up catalogue.

    python benchmarks/repeated_pages.py --files 100000

No comic is read: the catalogue gets rows with 30 pages each, one in ten files the same advert.
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import struct
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from comicmaintainer.database import Database, SqliteDatabase
from comicmaintainer.library.repeated_pages.page_search import PageSearch

PAGES = 30
AT_ONCE = 5_000


class NoComics:
    """Comics that can't be read; the search does without."""

    def page_keys(self, path: str) -> bytes | None:
        del path
        return None

    def looks(self, path: str, pages: Sequence[int]) -> Mapping[int, int]:
        del path, pages
        return {}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--files", type=int, default=100_000)
    count = asked.parse_args().files
    with tempfile.TemporaryDirectory() as folder:
        database = SqliteDatabase(Path(folder) / "jobs.db")
        fill(database, count)
        size = database.path.stat().st_size
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        search = PageSearch(database, NoComics(), now=time.time)
        for name in ("first search", "search without a change"):
            begun, used = time.monotonic(), time.process_time()
            report = search.run(by_look=False)
            print(
                f"{name}: {time.monotonic() - begun:.1f} s, processor "
                f"{time.process_time() - used:.1f} s; {report}"
            )
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(f"memory: {before / 1024:.0f} MiB before, {after / 1024:.0f} MiB at most")
        print(f"database: {size / count:.0f} bytes a file")


def fill(database: Database, count: int) -> None:
    """Store rows for so many files of series of 20 issues."""
    with database.transaction() as transaction:
        transaction.execute("INSERT INTO roots (root_id, path, first_seen_at) VALUES (1, '/c', 1)")
        transaction.execute("INSERT INTO folders (folder_id, root_id, path) VALUES (1, 1, '/c')")
    for start in range(1, count + 1, AT_ONCE):
        ids = range(start, min(start + AT_ONCE, count + 1))
        with database.transaction() as transaction:
            transaction.execute_many(
                "INSERT INTO files (file_id, root_id, folder_id, name, path, size_bytes, mtime_ns, "
                "added_at, changed_at, series, series_key, issue, page_count, fingerprint) "
                "VALUES (?, 1, 1, ?, ?, 1, 1, 1, 1, ?, ?, ?, ?, ?)",
                [
                    (
                        one, f"{one}.cbz", f"/c/{one}.cbz", f"Series {one // 20}",
                        f"series {one // 20}", str(one % 20), PAGES, one.to_bytes(32, "big"),
                    )
                    for one in ids
                ],
            )  # fmt: skip
            transaction.execute_many(
                "INSERT INTO file_pages (file_id, keys) VALUES (?, ?)",
                [(one, keys_of(one)) for one in ids],
            )


def keys_of(file_id: int) -> bytes:
    """Return keys that no other file has; of one file in ten, one that all these share."""
    drawn = hashlib.shake_128(file_id.to_bytes(8, "big")).digest(8 * PAGES)
    if file_id % 10 == 0:
        return drawn[:-16] + struct.pack("<q", 4711) + drawn[-8:]
    return drawn


if __name__ == "__main__":
    main()
