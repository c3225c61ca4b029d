"""Searches the catalogue for pages that are in several comics (SQL).

Runs in a job. Files are opened only once: their pages are listed by scans, or here where an earlier
release has scanned them. Counting reads stored keys alone, and can be stopped and begun again at
any point: what is stored is true at all times.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from comicmaintainer.database import Database, Turn
from comicmaintainer.errors import ArchiveError, FileMissing, StorageError
from comicmaintainer.library.catalogue import page_rows
from comicmaintainer.library.repeated_pages.alike_pages import AlikePages, LooksAtPages
from comicmaintainer.library.repeated_pages.figures import count_anew
from comicmaintainer.library.repeated_pages.looks import halves
from comicmaintainer.library.repeated_pages.page_counter import MOST, PageCounter
from comicmaintainer.library.repeated_pages.stored_pages import (
    FILES_AT_ONCE,
    FilePages,
    FoundPage,
    StoredPages,
    note_found,
    packed_looks,
    still_there,
)

_READ_AT_ONCE = 50
_COPIED_SHARE = 0.5
_KEPT_OF_COPIES = 6
"""Of a file most of whose pages are in others too, only so many pages at each end count."""
_UNKNOWN = """
    SELECT f.file_id, f.path FROM files f LEFT JOIN file_pages p USING (file_id)
    WHERE p.file_id IS NULL AND f.file_id > ? AND f.state <> 'failed'
    ORDER BY f.file_id LIMIT ?"""
_NOT_LOOKED_AT = """
    SELECT f.file_id, f.path, f.page_count FROM files f JOIN file_pages p USING (file_id)
    WHERE p.looks IS NULL AND length(p.keys) > 0 AND f.file_id > ? AND f.state <> 'failed'
    ORDER BY f.file_id LIMIT ?"""
_IN_FEW_FILES = f"""
    SELECT repeat_id FROM repeated_pages
    WHERE answer IS NULL AND repeat_id > ? AND files < {MOST} ORDER BY repeat_id LIMIT ?"""


class Comics(LooksAtPages, Protocol):
    """Reads comics for a search."""

    def page_keys(self, path: str) -> bytes | None:
        """Return the packed keys of a comic's pages, None if they can't be known.

        Raises:
            ArchiveError, FileMissing, StorageError.
        """
        ...


@dataclass(frozen=True, slots=True)
class SearchReport:
    """What a search did: files opened for their list or their look, files known, pages found."""

    listed: int
    looked_at: int
    files: int
    without_checksums: int
    found: int
    suggested: int


class PageSearch:
    """Searches the catalogue of `database` for repeated pages.

    `comics` reads files; `now` returns the time of the search.
    """

    def __init__(self, database: Database, comics: Comics, *, now: Callable[[], float]) -> None:
        self._database = database
        self._comics = comics
        self._now = now

    def run(self, *, by_look: bool, checkpoint: Callable[[], None] = lambda: None) -> SearchReport:
        """Search, if any pages have changed since the last time; return what was done.

        With `by_look` the pages at the ends of each comic are decoded once, and those that look
        like a repeated page count as one. `checkpoint` may stop the search between two steps.

        Raises:
            DatabaseError; what `checkpoint` raises.
        """
        stored = StoredPages(self._database, checkpoint)
        search = _Search(stored, self._comics)
        listed = search.list_unknown()
        looked_at = search.look_at_ends() if by_look else 0
        if looked_at or self._database.value("SELECT outdated FROM page_search"):
            search.count(self._now)
        (row,) = self._database.rows(
            "SELECT count(*) AS found, coalesce(sum(suggested), 0) AS suggested, "
            "(SELECT files FROM page_search) AS files, "
            "(SELECT without_checksums FROM page_search) AS without "
            "FROM repeated_pages WHERE files > 0 AND answer IS NULL"
        )
        return SearchReport(
            listed, looked_at, row["files"], row["without"], row["found"], row["suggested"]
        )


class _Search:
    """The steps of one search."""

    def __init__(self, stored: StoredPages, comics: Comics) -> None:
        self._stored = stored
        self._database = stored.database
        self._comics = comics

    def list_unknown(self) -> int:
        """List the pages of files that no scan has listed; return how many."""
        listed = 0
        for rows in self._stored.batches(_UNKNOWN, _READ_AT_ONCE):
            keys = [(row["file_id"], self._keys_of(row["path"])) for row in rows]
            found = [(file_id, packed) for file_id, packed in keys if packed is not None]
            with self._database.transaction(Turn.LIBRARY) as transaction:
                there = still_there(transaction, [file_id for file_id, _ in found])
                page_rows.write(transaction, [each for each in found if each[0] in there])
            listed += len(found)
        return listed

    def look_at_ends(self) -> int:
        """Decode the pages at the ends of files once; return how many files."""
        looked_at = 0
        for rows in self._stored.batches(_NOT_LOOKED_AT, _READ_AT_ONCE):
            found = []
            for row in rows:
                self._stored.checkpoint()
                looks = self._looks_of(row["path"], row["page_count"])
                if looks is not None:
                    found.append((looks, row["file_id"]))
            with self._database.transaction(Turn.LIBRARY) as transaction:
                transaction.execute_many("UPDATE file_pages SET looks = ? WHERE file_id = ?", found)
            looked_at += len(found)
        return looked_at

    def count(self, now: Callable[[], float]) -> None:
        """Count the stored pages, and store which of them are repeated."""
        with self._database.transaction(Turn.LIBRARY) as transaction:
            transaction.execute("UPDATE page_search SET outdated = 2")
        pages = looks = files = without = 0
        for file in self._stored.files():
            pages, looks = pages + len(file.keys), looks + len(file.looks)
            files, without = files + 1, without + (not file.keys)
        by_key, by_look = PageCounter(pages), PageCounter(2 * looks)
        for file in self._stored.files():
            if not file.is_again:
                by_key.add(set(file.keys))
                by_look.add({half for look in file.looks.values() for half in halves(look)})
        for batch in self._stored.batches_of_files():
            self._note_repeated(batch, by_key)
        self._forget_rare()
        alike = AlikePages(self._stored, self._comics)
        alike.join()
        alike.find(by_look)
        count_anew(self._database, self._stored.checkpoint)
        with self._database.transaction(Turn.LIBRARY) as transaction:
            transaction.execute(
                "UPDATE page_search SET searched_at = ?, files = ?, without_checksums = ?, "
                "outdated = iif(outdated = 2, 0, outdated)",
                (now(), files, without),
            )

    def _note_repeated(self, files: Sequence[FilePages], counter: PageCounter) -> None:
        """Store where the repeated pages of these files are, and which files are copies."""
        found: list[FoundPage] = []
        copies: list[tuple[bool, int]] = []
        for file in files:
            keys = set(file.keys)
            repeated = set(counter.repeated(keys))
            is_copy = len(repeated) > _COPIED_SHARE * len(keys)
            if is_copy != file.was_copy:
                copies.append((is_copy, file.file_id))
            ends = len(file.keys) - _KEPT_OF_COPIES
            found += [
                FoundPage(key, file.file_id, page)
                for page, key in enumerate(file.keys)
                if key in repeated and not (is_copy and _KEPT_OF_COPIES <= page < ends)
            ]
        if found or copies:
            with self._database.transaction(Turn.LIBRARY) as transaction:
                transaction.execute_many(
                    "UPDATE file_pages SET is_copy = ? WHERE file_id = ?", copies
                )
                note_found(transaction, found)

    def _forget_rare(self) -> None:
        """Forget pages that are in too few files, unless a person has answered about them."""
        for rows in self._stored.batches(_IN_FEW_FILES, FILES_AT_ONCE):
            with self._database.transaction(Turn.LIBRARY) as transaction:
                transaction.execute_many(
                    f"DELETE FROM repeated_pages WHERE repeat_id = ? AND files < {MOST}",
                    [(row["repeat_id"],) for row in rows],
                )

    def _keys_of(self, path: str) -> bytes | None:
        """Return the keys of a file, none if it is damaged; None if it can't be read now."""
        try:
            return self._comics.page_keys(path) or b""
        except ArchiveError:
            return b""
        except (StorageError, FileMissing):
            return None

    def _looks_of(self, path: str, page_count: int | None) -> bytes | None:
        """Return the packed looks of a file's ends; None if it can't be read now."""
        try:
            return packed_looks(self._comics.looks(path, end_pages(page_count or 0)))
        except ArchiveError:
            return b""
        except (StorageError, FileMissing):
            return None


def end_pages(page_count: int) -> list[int]:
    """Return the pages whose look is compared: the second one, and the last four."""
    wanted = {1, *range(page_count - 4, page_count)}
    return sorted(page for page in wanted if 0 < page < page_count)
