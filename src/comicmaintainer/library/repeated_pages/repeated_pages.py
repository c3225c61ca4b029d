"""What is known of pages that are in many comics: lists, the comics of one, answers (SQL).

Used by the web API, the command line and the planner that marks and removes such pages.
page_search.py finds them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from comicmaintainer.database import Database, Turn, page_keys, paging
from comicmaintainer.errors import NotFound
from comicmaintainer.library.catalogue.file_filter import FileFilter
from comicmaintainer.library.catalogue.model import FILE_COLUMNS, CatalogueFile
from comicmaintainer.library.catalogue.sort_keys import series_key
from comicmaintainer.library.repeated_pages.model import (
    Answer,
    Occurrence,
    RepeatedPage,
    RepeatedTab,
    stays,
)

MAX_PAGE_SIZE = 200
_ORDER = "repeated"
_TABS = {
    RepeatedTab.SUGGESTED: "r.answer IS NULL AND r.suggested = 1",
    RepeatedTab.OTHERS: "r.answer IS NULL AND r.suggested = 0",
    RepeatedTab.ADVERTS: "r.answer = 'advert'",
    RepeatedTab.KEPT: "r.answer = 'keep'",
}
_COLUMNS = (
    "repeat_id, files, comics, series, firsts, elsewhere, zone, usual, usual_files, suggested,"
    " answer"
)
_IN_SCOPE = """
    (SELECT o.repeat_id, count(*) AS in_scope FROM files f JOIN page_occurrences o USING (file_id)
     WHERE {scope} GROUP BY o.repeat_id) n JOIN repeated_pages r USING (repeat_id)"""
_EVERYWHERE = f"(SELECT {_COLUMNS}, files AS in_scope FROM repeated_pages) r"


@dataclass(frozen=True, slots=True)
class SearchState:
    """The last search: None for `searched_at` if there was none.

    It looked at `files`; the archives of `without_checksums` of these do not tell their pages
    apart. `is_outdated`: pages have changed since.
    """

    searched_at: float | None
    is_outdated: bool
    files: int
    without_checksums: int


@dataclass(frozen=True, slots=True)
class Scope:
    """The part of the library that is looked at: a series, a folder with all below it, or all."""

    series: str | None = None
    folder: str | None = None

    @property
    def condition(self) -> tuple[str, list[Any]]:
        """The condition on the row `f`, empty for everything, and its values."""
        conditions, values = [], []
        if self.series is not None:
            conditions.append("f.series_key = ?")
            values.append(series_key(self.series))
        if self.folder is not None:
            conditions.append("f.path > ? AND f.path < ?")
            folder = self.folder.rstrip("/")
            values += [f"{folder}/", f"{folder}0"]
        return " AND ".join(conditions), values

    def filter_of(self, repeat_id: int) -> FileFilter:
        """Return the filter for the files in it that have a repeated page."""
        return FileFilter(repeated_page=repeat_id, series=self.series, folder=self.folder)


EVERYWHERE = Scope()


class RepeatedPages:
    """The repeated pages in the catalogue of `database`; `now` returns the time for answers."""

    def __init__(self, database: Database, *, now: Callable[[], float]) -> None:
        self._database = database
        self._now = now

    def page(
        self,
        tab: RepeatedTab,
        scope: Scope = EVERYWHERE,
        *,
        after_key: str | None = None,
        limit: int = 50,
    ) -> tuple[tuple[RepeatedPage, ...], str | None]:
        """Return a part of a list, the page of most files first, and the key of the next part.

        Raises:
            InvalidInput: the key does not come from this list.
        """
        limit = max(1, min(limit, MAX_PAGE_SIZE))
        source, values = _source(scope)
        conditions = f"{_TABS[tab]} AND r.files > 0"
        after = page_keys.value_and_id_of(after_key, _ORDER, int)
        if after is not None:
            conditions += " AND (in_scope, r.repeat_id) < (?, ?)"
            values += after
        rows = self._database.rows(
            f"SELECT {_COLUMNS}, in_scope FROM {source} WHERE {conditions} "
            "ORDER BY in_scope DESC, r.repeat_id DESC LIMIT ?",
            [*values, limit + 1],
        )
        shown, next_key = paging.cut(
            rows,
            limit,
            lambda row: page_keys.sorted_by(_ORDER, row["in_scope"], row["repeat_id"]),
        )
        return tuple(map(RepeatedPage.of_row, shown)), next_key

    def counts(self, scope: Scope = EVERYWHERE) -> dict[RepeatedTab, int]:
        """Return how many pages each list has."""
        source, values = _source(scope)
        sums = ", ".join(f"coalesce(sum({where}), 0) AS {tab}" for tab, where in _TABS.items())
        row = self._database.rows(f"SELECT {sums} FROM {source} WHERE r.files > 0", values)[0]
        return {tab: row[str(tab)] for tab in RepeatedTab}

    def get(self, repeat_id: int, scope: Scope = EVERYWHERE) -> RepeatedPage:
        """Return one repeated page, also if no file has it any more.

        Raises:
            NotFound: it is not known.
        """
        row = self._database.row(
            f"SELECT {_COLUMNS}, files AS in_scope FROM repeated_pages WHERE repeat_id = ?",
            (repeat_id,),
        )
        if row is None:
            raise NotFound(
                f"There is no repeated page {repeat_id}. Search for repeated pages again.",
                field="repeated",
            )
        if scope == EVERYWHERE:
            return RepeatedPage.of_row(row)
        condition, values = scope.condition
        in_scope = self._database.value(
            "SELECT count(*) FROM page_occurrences o JOIN files f USING (file_id) "
            f"WHERE o.repeat_id = ? AND {condition}",
            [repeat_id, *values],
        )
        return RepeatedPage.of_row({**dict(row), "in_scope": in_scope})

    def occurrences(
        self,
        page: RepeatedPage,
        scope: Scope = EVERYWHERE,
        *,
        after_key: str | None = None,
        limit: int = 50,
    ) -> tuple[tuple[Occurrence, ...], str | None]:
        """Return files that have a repeated page, in any stable order, and the next key."""
        limit = max(1, min(limit, MAX_PAGE_SIZE))
        condition, values = scope.condition
        also = f"AND {condition} " if condition else ""
        rows = self._database.rows(
            f"SELECT {FILE_COLUMNS}, o.page AS page FROM page_occurrences o "
            "JOIN files f USING (file_id) "
            f"WHERE o.repeat_id = ? AND o.file_id > ? {also}ORDER BY o.file_id LIMIT ?",
            [page.repeat_id, page_keys.number_of(after_key), *values, limit + 1],
        )
        shown, next_key = paging.cut(rows, limit, lambda row: str(row["file_id"]))
        return tuple(_occurrence(row, page) for row in shown), next_key

    def samples(self, pages: Sequence[RepeatedPage]) -> dict[int, tuple[int, int]]:
        """Return for each page a file that shows it, and the number of the page in it."""
        rows = self._database.rows(
            "SELECT o.repeat_id, o.file_id, o.page FROM json_each(?) j JOIN page_occurrences o "
            "ON o.repeat_id = CAST(j.value AS BIGINT) "
            "AND o.file_id = (SELECT min(file_id) FROM page_occurrences "
            "WHERE repeat_id = CAST(j.value AS BIGINT))",
            (json.dumps([page.repeat_id for page in pages]),),
        )
        return {row["repeat_id"]: (row["file_id"], row["page"]) for row in rows}

    def numbers_in(self, repeat_id: int, keys: Sequence[int]) -> list[int]:
        """Return which pages of a comic, given by their keys in reading order, are this page."""
        rows = self._database.rows(
            "SELECT page_key FROM repeated_page_keys WHERE repeat_id = ? "
            "AND page_key IN (SELECT CAST(value AS BIGINT) FROM json_each(?))",
            (repeat_id, json.dumps(list(set(keys)))),
        )
        known = {row["page_key"] for row in rows}
        return [number for number, key in enumerate(keys) if key in known]

    def answer(self, repeat_id: int, answer: Answer | None) -> RepeatedPage:
        """Remember what a person said about a page; None takes it back.

        Raises:
            NotFound: it is not known.
        """
        with self._database.transaction(Turn.LIBRARY) as transaction:
            transaction.execute(
                "UPDATE repeated_pages SET answer = ?, answered_at = ? WHERE repeat_id = ?",
                (answer, None if answer is None else self._now(), repeat_id),
            )
        return self.get(repeat_id)

    def state(self) -> SearchState:
        """Return what the last search has looked at, and whether it is out of date."""
        row = self._database.rows(
            "SELECT searched_at, outdated, files, without_checksums FROM page_search"
        )[0]
        return SearchState(
            row["searched_at"], bool(row["outdated"]), row["files"], row["without_checksums"]
        )


def _source(scope: Scope) -> tuple[str, list[Any]]:
    condition, values = scope.condition
    return (_IN_SCOPE.format(scope=condition), values) if condition else (_EVERYWHERE, [])


def _occurrence(row: Any, page: RepeatedPage) -> Occurrence:
    file = CatalogueFile.of_row(row)
    reason = stays(row["page"], file.page_count or row["page"] + 1, page.zone)
    return Occurrence(file, row["page"], reason)
