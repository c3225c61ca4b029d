"""Reading lists, each entry with the file that it is now.

Used by the page, the API and the command line. Which files they are is not stored: it is found
when a list is shown, so it follows the catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from comicmaintainer.database import Database
from comicmaintainer.library.catalogue.listing import Listing
from comicmaintainer.library.reading_lists.cbl import read_cbl, write_cbl
from comicmaintainer.library.reading_lists.entry_files import EntryFiles
from comicmaintainer.library.reading_lists.list_store import ListStore
from comicmaintainer.library.reading_lists.model import (
    ListEntry,
    PlacedEntry,
    ReadingList,
    require_list_name,
    require_list_size,
)
from comicmaintainer.library.reading_lists.new_entries import NewEntries

MAX_PAGE_SIZE = 500


class ReadingLists:
    """The lists in `database`."""

    def __init__(self, database: Database, listing: Listing, *, now: Callable[[], float]) -> None:
        self._store = ListStore(database, now=now)
        self._files = EntryFiles(database)
        self._new = NewEntries(database, listing)

    # --- reading ---------------------------------------------------------------------------------

    def page(
        self, *, after_key: str | None = None, limit: int = 50
    ) -> tuple[Sequence[tuple[ReadingList, int]], str | None]:
        """Return lists by name, each with the number of its entries that the library has.

        The second value is the key of the next page. A page of long lists has fewer than `limit`.

        Raises:
            InvalidInput: the key is not from this listing.
        """
        lists, key = self._store.page(after_key=after_key, limit=limit)
        return [(each, self.count_here(each.list_id)) for each in lists], key

    def get(self, list_id: int) -> ReadingList:
        """Return a list.

        Raises:
            NotFound.
        """
        return self._store.get(list_id)

    def named(self, name: str) -> ReadingList:
        """Return the list of that name.

        Raises:
            NotFound.
        """
        return self._store.named(name)

    def count_here(self, list_id: int) -> int:
        """Return how many entries of a list the library has."""
        found = self._files.find([entry for _, entry in self._store.entries(list_id)])
        return sum(file is not None for file in found)

    def entries(
        self, list_id: int, *, after: int = 0, limit: int | None = None
    ) -> list[PlacedEntry]:
        """Return the entries behind position `after` with their files; all without `limit`."""
        placed = self._store.entries(list_id, after=after, limit=limit)
        files = self._files.find([entry for _, entry in placed])
        return [
            PlacedEntry(position, entry, file)
            for (position, entry), file in zip(placed, files, strict=True)
        ]

    def missing(self, list_id: int) -> list[PlacedEntry]:
        """Return the entries that the library does not have."""
        return [each for each in self.entries(list_id) if each.file is None]

    def as_cbl(self, list_id: int) -> bytes:
        """Return a list in the format CBL.

        Raises:
            NotFound.
        """
        name = self.get(list_id).name
        return write_cbl(name, (entry for _, entry in self._store.entries(list_id)))

    # --- writing ---------------------------------------------------------------------------------

    def add_cbl(
        self, data: bytes, *, name: str | None = None, other_name: str = "", replace: bool = False
    ) -> ReadingList:
        """Store the list in a CBL document: as `name`, else its own name, else `other_name`.

        Raises:
            InvalidInput: it can't be read as a list, or has no name.
            TargetExists: there is a list of that name; with `replace`, it is replaced.
        """
        own_name, entries = read_cbl(data)
        return self._add(name or own_name or other_name, entries, replace)

    def add_files(self, name: str, paths: Iterable[str], *, replace: bool = False) -> ReadingList:
        """Store a list of files in the library's order.

        Raises:
            InvalidInput: no file is catalogued, or there are too many.
            TargetExists: as `add_cbl`.
        """
        return self._add(name, self._new.of_files(paths), replace)

    def add_arc(self, arc: str, *, name: str | None = None, replace: bool = False) -> ReadingList:
        """Store a list of the files of a story arc, in its order.

        Raises:
            NotFound: no file has it.
            TargetExists: as `add_cbl`.
        """
        return self._add(name or arc, self._new.of_arc(arc), replace)

    def remove(self, list_id: int) -> ReadingList:
        """Remove a list, and return it. The files of its entries stay.

        Raises:
            NotFound.
        """
        return self._store.remove(list_id)

    def _add(self, name: str, entries: Sequence[ListEntry], replace: bool) -> ReadingList:
        require_list_size(len(entries))
        return self._store.add(require_list_name(name), entries, replace=replace)
