"""The search index: the document and the position of each file, in one transaction.

Used by whatever changes what a document is made of: rows, marks, folders and the figures of series.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from operator import itemgetter
from typing import Any

from comicmaintainer.database import Transaction
from comicmaintainer.database.stored_values import stored_object
from comicmaintainer.library.catalogue import search_terms, sort_keys
from comicmaintainer.library.catalogue.folder_rows import FolderTable
from comicmaintainer.library.catalogue.positions import place

# Tags that the search covers, besides name, folder, series and title.
SEARCHED_TAGS = (
    "credits", "imprint", "genres", "tags", "characters", "teams", "locations", "main_character",
    "story_arcs", "series_groups", "alternate_series", "alternative_names", "collection_title",
)  # fmt: skip
_FACETS_AT_ONCE = 500


class SearchIndex:
    """The search index in one transaction; `folders` are its folders, if they are at hand."""

    def __init__(self, transaction: Transaction, folders: FolderTable | None = None) -> None:
        self._transaction = transaction
        self._folders = folders or FolderTable(transaction)

    def reindex(self, file_ids: Iterable[int], *, new: Iterable[int] = ()) -> None:
        """Bring sort key, position, mark of gaps and search index of the files up to date.

        Those that are `new` have no rows in the search index.
        """
        to_place: list[tuple[str, int]] = []
        rekeyed: list[tuple[str, int]] = []
        in_place: dict[int, int] = {}
        indexed: list[tuple[int]] = []
        unindexed = frozenset(new)
        rows = self._document_rows(set(file_ids))
        for file_id, row in rows.items():
            key = sort_keys.sort_key(
                series=row["series"],
                volume=row["volume"],
                year=row["year"],
                issue=row["issue"],
                name=row["name"],
            )
            if row["position"] is not None and file_id not in unindexed:
                indexed.append((row["position"],))
            if key == row["sort_key"] and row["position"] is not None:
                in_place[file_id] = row["position"]
                continue
            to_place.append((key, file_id))
            if key != row["sort_key"] or row["position"] is not None:
                rekeyed.append((key, file_id))
        self._transaction.execute_many("DELETE FROM file_search WHERE rowid = ?", indexed)
        self._transaction.execute_many(
            "UPDATE files SET sort_key = ?, position = NULL WHERE file_id = ?",
            rekeyed,
        )
        self._transaction.execute_many(
            "UPDATE files SET series_has_gaps = ? WHERE file_id = ?",
            [
                (int(row["has_gaps"]), file_id)
                for file_id, row in rows.items()
                if bool(row["has_gaps"]) != bool(row["series_has_gaps"])
            ],
        )
        self._write_documents(in_place, rows)
        place(self._transaction, to_place, lambda positions: self._write_documents(positions, rows))

    def catch_up(self) -> int:
        """Index anew some files that an earlier release indexed; return how many, 0 at the end."""
        rows = self._transaction.rows(
            "SELECT file_id FROM files_without_facets LIMIT ?", (_FACETS_AT_ONCE,)
        )
        file_ids = [row["file_id"] for row in rows]
        self.reindex(file_ids)
        self._transaction.execute_many(
            "DELETE FROM files_without_facets WHERE file_id = ?",
            [(file_id,) for file_id in file_ids],
        )
        return len(file_ids)

    def documents(self, file_ids: Collection[int]) -> list[tuple[int, str]]:
        """Return the rows of the search index for those files that have a position."""
        rows = self._document_rows(file_ids).values()
        return [
            (row["position"], " ".join(part for parts in self._document(row) for part in parts))
            for row in rows
            if row["position"] is not None
        ]

    def _document_rows(self, file_ids: Collection[int]) -> dict[int, Any]:
        rows = self._transaction.rows(_DOCUMENT_ROWS, (json.dumps(list(file_ids)),))
        return {row["file_id"]: row for row in rows}

    def _write_documents(self, positions: Mapping[int, int], known: Mapping[int, Any]) -> None:
        """Write the search index rows of `{file_id: position}`; `known` has rows of some files."""
        if not positions:
            return
        rows = {file_id: known[file_id] for file_id in positions if file_id in known}
        if others := positions.keys() - rows.keys():
            rows |= self._document_rows(others)
        documents = []
        words: set[str] = set()
        # SQLite's index begins a new part whenever a row comes before the last one.
        for file_id, position in sorted(positions.items(), key=itemgetter(1)):
            terms, facets = self._document(rows[file_id])
            words.update(terms)
            documents.append((position, " ".join([*terms, *facets])))
        self._transaction.execute_many(
            "INSERT INTO file_search (rowid, terms) VALUES (?, ?)", documents
        )
        self._transaction.execute_many(
            "INSERT INTO search_words (word) VALUES (?) ON CONFLICT DO NOTHING",
            [(word,) for word in sorted(words) if not word.isdigit()],
        )

    def _document(self, row: Any) -> tuple[list[str], list[str]]:
        """Return the terms and the facets of a file."""
        tags = stored_object(row["tags"]) if row["tags"] else {}
        return search_terms.distinct_terms(_texts(row, tags)), self._facets(row)

    def _facets(self, row: Any) -> list[str]:
        facets = [
            search_terms.state_facet(row["state"]),
            search_terms.format_facet(row["format"]),
            search_terms.root_facet(row["root_id"]),
        ]
        if row["year"] is not None:
            facets += search_terms.year_facets(row["year"])
        facets += map(search_terms.folder_facet, self._folders.lineage(row["folder_id"]))
        facets += search_terms.missing_facets(row["missing"])
        facets.append(search_terms.size_facet(row["size_bytes"]))
        facets += search_terms.added_facets(row["added_at"])
        if row["publisher"]:
            facets.append(search_terms.publisher_facet(row["publisher"]))
        if row["has_gaps"]:
            facets.append(search_terms.GAPS_FACET)
        return facets


_DOCUMENT_ROWS = """
    SELECT f.file_id, f.name, f.path, f.root_id, f.folder_id, f.position, f.sort_key, f.state,
        f.format, f.series, f.issue, f.title, f.volume, f.year, f.publisher, f.missing,
        f.size_bytes, f.added_at, f.series_has_gaps, t.tags,
        f.series IS NOT NULL AND EXISTS (SELECT 1 FROM series_figures g
            WHERE g.series_key = f.series_key AND g.gaps > 0) AS has_gaps
    FROM files f LEFT JOIN file_tags t USING (file_id)
    WHERE f.file_id IN (SELECT CAST(value AS BIGINT) FROM json_each(?))"""


def _texts(row: Any, tags: Mapping[str, Any]) -> list[str]:
    texts = [row["name"].rpartition(".")[0], row["path"].rpartition("/")[0].rpartition("/")[2]]
    texts += [
        str(row[name])
        for name in ("series", "issue", "title", "year", "publisher")
        if row[name] is not None
    ]
    for name in SEARCHED_TAGS:
        if name in tags:
            texts += _names(tags[name])
    return texts


def _names(value: Any) -> list[str]:
    """The names in a tag: the tag itself, its items, or their `person` or `name`."""
    if value is None:
        return []
    if isinstance(value, str):
        return [value]
    if isinstance(value, list | tuple):
        return [name for each in value for name in _names(each)]
    if isinstance(value, Mapping):
        return _names(value.get("person")) + _names(value.get("name"))
    return []
