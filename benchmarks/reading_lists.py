"""Times reading lists and missing issues on a catalogue of many files.

    python benchmarks/reading_lists.py [--files 1000000] [--entries 5000] [--keep FOLDER]

Rows are made up from a fixed seed and written through the catalogue, as a scan does: series of 40
issues, half of which have an id of ComicVine in their tags. One list has ids and one has none; a
sixth of their entries are of no file.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from comicmaintainer.database import Database, SqliteDatabase
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.listing import Listing
from comicmaintainer.library.catalogue.model import FileFacts, SeenFile
from comicmaintainer.library.missing_issues import Incomplete
from comicmaintainer.library.reading_lists.cbl import write_cbl
from comicmaintainer.library.reading_lists.model import ListEntry, SourceIds
from comicmaintainer.library.reading_lists.reading_lists import ReadingLists

ISSUES_PER_SERIES = 40
ROUNDS = 10
BATCH = 500


def entry(number: int, *, has_id: bool) -> ListEntry:
    """The comic of this number among all."""
    series, issue = divmod(number, ISSUES_PER_SERIES)
    start = 1990 + series % 30
    ids = {"comicvine": SourceIds(str(series), str(number))} if has_id else {}
    return ListEntry(f"The Tides of {series}", str(issue + 1), start, start + issue // 12, ids=ids)


def made_up(files: int) -> Iterator[SeenFile]:
    """The files of the first comics of all."""
    for number in range(files):
        comic = entry(number, has_id=False)
        web = [f"https://comicvine.gamespot.com/tides/4000-{number}/"]
        facts = FileFacts(
            format="cbz",
            page_count=24,
            series=comic.series,
            issue=comic.number,
            volume=str(comic.volume),
            year=comic.year,
            tags={"series": comic.series} | ({"web": web} if number // 40 % 2 else {}),
        )
        yield SeenFile(f"/comics/{comic.series}/{number}.cbz", 1, 1, 1, number, facts)


def fill(database: Database, files: int) -> None:
    """Write the files, in batches."""
    catalogue = Catalogue(database, now=time.time)
    catalogue.add_root("/comics")
    batch: list[SeenFile] = []
    for file in made_up(files):
        batch.append(file)
        if len(batch) == BATCH:
            catalogue.upsert(batch)
            batch = []
    catalogue.upsert(batch)


def report(what: str, call: Callable[[], object]) -> None:
    """Print the median and the longest time of a call, in milliseconds."""
    times_ms = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        call()
        times_ms.append((time.perf_counter() - start) * 1000)
    times_ms.sort()
    print(f"{what:<44} median {times_ms[ROUNDS // 2]:7.1f} ms  longest {times_ms[-1]:7.1f} ms")


def main() -> None:
    """Fill a catalogue unless one is kept, and time the calls."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--files", type=int, default=1_000_000)
    parser.add_argument("--entries", type=int, default=5_000)
    parser.add_argument("--keep", type=Path, help="Use the catalogue in this folder again.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        path = (options.keep or Path(scratch)) / "reading-lists.db"
        is_new = not path.exists()
        database = SqliteDatabase(path)
        if is_new:
            fill(database, options.files)
        measure(database, options.files, options.entries)
        database.close()


def measure(database: Database, files: int, entries: int) -> None:
    """Time a list with ids and one without, and a page of missing issues."""
    lists = ReadingLists(database, Listing(database), now=time.time)
    chance = random.Random(1)
    for name, has_id in (("with ids", True), ("without ids", False)):
        numbers = [chance.randrange(files * 6 // 5) for _ in range(entries)]
        document = write_cbl(name, [entry(number, has_id=has_id) for number in numbers])
        report(
            f"import {entries:,} entries {name}",
            lambda document=document: lists.add_cbl(document, replace=True),
        )
        list_id = lists.named(name).list_id
        report(
            f"{lists.count_here(list_id):,} of {entries:,} here, {name}",
            lambda list_id=list_id: lists.count_here(list_id),
        )
        report(
            f"200 entries with their files, {name}",
            lambda list_id=list_id: lists.entries(list_id, limit=200),
        )
    report("a page of missing issues", lambda: Incomplete(database).page())


if __name__ == "__main__":
    main()
