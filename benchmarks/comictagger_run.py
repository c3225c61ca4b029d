"""Runs one operation of ComicTagger's API over a library; the rival of two benchmarks.

    comictagger_run.py OPERATION LIBRARY WARM_UP THREADS [--sync]

Started by slow_disk.py and process_library.py, in an environment of its own. It handles the comics
in the folder WARM_UP (which pays for imports and caches), prints `ready`, waits for a line, handles
the library with its threads, and prints `done`. With `--sync` it ends with one sync of the
library's filesystem. ComicTagger itself syncs nothing and keeps no journal.
"""

from __future__ import annotations

import ctypes
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from comicapi.comicarchive import ComicArchive, MetaDataStyle


def process(path: Path) -> None:
    """Read the file name, write ComicInfo.xml, and rename."""
    archive = ComicArchive(path)
    found = archive.metadata_from_filename()
    metadata = archive.read_metadata(MetaDataStyle.CIX)
    metadata.overlay(found)
    if not archive.write_metadata(metadata, MetaDataStyle.CIX):
        raise OSError(f"ComicTagger did not write {path}")
    number = (metadata.issue or "").zfill(4)
    path.rename(path.with_name(f"{metadata.series} #{number} ({metadata.year}).cbz"))


def scan(path: Path) -> None:
    """Read the tags, the file name and the list of pages."""
    archive = ComicArchive(path)
    archive.read_metadata(MetaDataStyle.CIX)
    archive.metadata_from_filename()
    archive.get_page_name_list()


def verify(path: Path) -> None:
    """Read every page, whose CRC is compared; ComicTagger has no check of its own."""
    archive = ComicArchive(path)
    for index in range(archive.get_number_of_pages()):
        if not archive.get_page(index):
            raise OSError(f"ComicTagger did not read page {index} of {path}")


OPERATIONS = {"process": process, "scan": scan, "verify": verify}


def main() -> None:
    operation, library, warm_up, threads = sys.argv[1:5]
    work = OPERATIONS[operation]
    for path in sorted(Path(warm_up).rglob("*.cbz")):
        work(path)
    paths = sorted(Path(library).rglob("*.cbz"))
    print("ready", flush=True)
    sys.stdin.readline()
    with ThreadPoolExecutor(int(threads)) as pool:
        list(pool.map(work, paths))
    if "--sync" in sys.argv:
        folder = os.open(library, os.O_RDONLY)
        if ctypes.CDLL(None, use_errno=True).syncfs(folder) != 0:
            raise OSError(ctypes.get_errno(), "syncfs failed")
        os.close(folder)
    print("done", flush=True)
    sys.stdin.readline()


if __name__ == "__main__":
    main()
