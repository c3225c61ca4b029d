"""The writes of one transaction to the catalogue: rows, tags, and the search index.

Used by catalogue.py, which opens the transaction. Makes the search document of each file.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from comicmaintainer.database import Transaction
from comicmaintainer.database.stored_values import stored_object
from comicmaintainer.library.catalogue import search_terms, sort_keys
from comicmaintainer.library.catalogue.folder_rows import FolderTable
from comicmaintainer.library.catalogue.model import (
    FileFacts,
    FileMark,
    FileState,
    SeenFile,
)
from comicmaintainer.library.catalogue.positions import place

# Tags that the search covers, besides name, folder, series and title.
SEARCHED_TAGS = (
    "credits", "imprint", "genres", "tags", "characters", "teams", "locations", "main_character",
    "story_arcs", "series_groups", "alternate_series", "alternative_names", "collection_title",
)  # fmt: skip
NO_MARKS: Mapping[str, FileMark] = MappingProxyType({})


class CatalogueWriter:
    """The writes of one transaction."""

    def __init__(self, transaction: Transaction, now_at: float) -> None:
        self._transaction = transaction
        self._now_at = now_at
        self._folders = FolderTable(transaction)

    def upsert(self, seen: Sequence[SeenFile], marks: Mapping[str, FileMark] = NO_MARKS) -> int:
        """Store files, each path once, and set the marks of some; return how many are new.

        Every statement runs once for all of them.
        """
        known = self._rows_of([file.path for file in seen])
        new = self._insert([file for file in seen if file.path not in known])
        ids = {path: row["file_id"] for path, row in known.items()} | new
        stored = [file for file in seen if file.path in ids]
        self._update([(file, known[file.path]) for file in stored if file.path in known])
        read = [
            (ids[file.path], file.facts, known.get(file.path))
            for file in stored
            if file.facts is not None
        ]
        self._write_facts(read)
        self._transaction.execute_many(
            _SET_MARK,
            [(*_values(marks[file.path]), ids[file.path]) for file in stored if file.path in marks],
        )
        altered = [
            row["path"]
            for _, facts, row in read
            if row is not None and _has_other_pages(facts, row)
        ]
        touched = [ids[file.path] for file in stored]
        if altered:
            touched += self._released("duplicate_of", altered)
        self.reindex(touched)
        return len(new)

    def set_marks(self, marks: Sequence[tuple[str, FileMark]]) -> int:
        """Set the marks of the files at these paths; return how many are catalogued."""
        rows = self._transaction.rows(
            "SELECT path, file_id FROM files WHERE path IN (SELECT value FROM json_each(?))",
            (json.dumps([path for path, _ in marks]),),
        )
        ids = {row["path"]: row["file_id"] for row in rows}
        self._transaction.execute_many(
            _SET_MARK,
            [(*_values(mark), ids[path]) for path, mark in marks if path in ids],
        )
        self.reindex(ids.values())
        return len(ids)

    def release(self, left_paths: Collection[str]) -> None:
        """Clear the marks that refer to files at `left_paths`, which are no longer there.

        The marked files are no longer duplicates of them or in conflict with them.
        """
        released = [
            *self._released("conflict_with", left_paths),
            *self._released("duplicate_of", left_paths),
        ]
        if released:
            self.reindex(released)

    def move(self, old: str, new: str, *, is_reindexed: bool = True) -> bool:
        """Give a row its new path; without `is_reindexed` an `upsert` of that path must follow."""
        row = self._transaction.row("SELECT file_id, state FROM files WHERE path = ?", (old,))
        if row is None:
            return False
        if old != new:
            self._transaction.execute("DELETE FROM files WHERE path = ?", (new,))
        folder, _, name = new.rpartition("/")
        place_of = self._folders.ensure(folder)
        if place_of is None:
            self._transaction.execute("DELETE FROM files WHERE file_id = ?", (row["file_id"],))
            self.release([old])
            return True
        root_id, folder_id = place_of
        self._transaction.execute(
            "UPDATE files SET path = ?, name = ?, root_id = ?, folder_id = ? WHERE file_id = ?",
            (new, name, root_id, folder_id, row["file_id"]),
        )
        if old != new:
            self._follow(old, new)
            if row["state"] == FileState.CONFLICT:
                self._unmark([row["file_id"]])
        if is_reindexed:
            self.reindex([row["file_id"]])
        return True

    def reindex(self, file_ids: Iterable[int]) -> None:
        """Bring sort key, position and search index of the files up to date."""
        listed = list(dict.fromkeys(file_ids))
        to_place: list[tuple[str, int]] = []
        in_place: dict[int, int] = {}
        indexed: list[tuple[int]] = []
        for row in self._transaction.rows(_DOCUMENT_ROWS, (json.dumps(listed),)):
            key = sort_keys.sort_key(
                series=row["series"],
                volume=row["volume"],
                year=row["year"],
                issue=row["issue"],
                name=row["name"],
            )
            if row["position"] is not None:
                indexed.append((row["position"],))
            if key == row["sort_key"] and row["position"] is not None:
                in_place[row["file_id"]] = row["position"]
                continue
            to_place.append((key, row["file_id"]))
        self._transaction.execute_many("DELETE FROM file_search WHERE rowid = ?", indexed)
        self._transaction.execute_many(
            "UPDATE files SET sort_key = ?, position = NULL WHERE file_id = ?", to_place
        )
        self._write_documents(in_place)
        place(self._transaction, to_place, self._write_documents)

    def _follow(self, old: str, new: str) -> None:
        """After a file has moved: update its duplicates, and release conflicts for its old name."""
        if self._transaction.row(_IS_REFERENCED, (old,)) is None:  # nearly always
            return
        self._transaction.execute(
            "UPDATE files SET duplicate_of = ? WHERE duplicate_of = ?", (new, old)
        )
        self.release([old])

    def _released(self, column: str, others: Collection[str]) -> list[int]:
        """Unmark the files whose `column` is one of these other files; return their ids."""
        rows = self._transaction.rows(
            f"SELECT file_id FROM files WHERE {column} IN (SELECT value FROM json_each(?))",
            (json.dumps(list(others)),),
        )
        file_ids = [row["file_id"] for row in rows]
        self._unmark(file_ids)
        return file_ids

    def _unmark(self, file_ids: Sequence[int]) -> None:
        mark = FileMark(FileState.UNPROCESSED)
        self._transaction.execute_many(
            _SET_MARK, [(*_values(mark), file_id) for file_id in file_ids]
        )

    def _rows_of(self, paths: Sequence[str]) -> dict[str, Any]:
        rows = self._transaction.rows(
            "SELECT path, file_id, state, reason, fingerprint, size_bytes, mtime_ns FROM files "
            "WHERE path IN (SELECT value FROM json_each(?))",
            (json.dumps(paths),),
        )
        return {row["path"]: row for row in rows}

    def _insert(self, files: Sequence[SeenFile]) -> dict[str, int]:
        """Add files whose folders are catalogued; return their ids by path."""
        rows = []
        for file in files:
            folder, _, name = file.path.rpartition("/")
            place_of = self._folders.ensure(folder)
            if place_of is not None:
                rows.append(
                    (
                        *place_of, name, file.path, file.size_bytes, file.mtime_ns,
                        file.device, file.inode, self._now_at, self._now_at,
                    )
                )  # fmt: skip
        if not rows:
            return {}
        self._transaction.execute_many(
            "INSERT INTO files (root_id, folder_id, name, path, size_bytes, mtime_ns, device, "
            "inode, added_at, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )
        added = self._rows_of([row[3] for row in rows])
        return {path: row["file_id"] for path, row in added.items()}

    def _update(self, files: Sequence[tuple[SeenFile, Any]]) -> None:
        """Store size, time and place of files that have these rows."""
        self._transaction.execute_many(
            "UPDATE files SET size_bytes = ?, mtime_ns = ?, device = ?, inode = ?, "
            "changed_at = iif(?, ?, changed_at) WHERE file_id = ?",
            [
                (
                    file.size_bytes, file.mtime_ns, file.device, file.inode,
                    (row["size_bytes"], row["mtime_ns"]) != (file.size_bytes, file.mtime_ns),
                    self._now_at, row["file_id"],
                )
                for file, row in files
            ],
        )  # fmt: skip

    def _write_facts(self, read: Sequence[tuple[int, FileFacts, Any]]) -> None:
        """Store the facts of files, by id, that had these rows (None for new ones)."""
        values = []
        for file_id, facts, row in read:
            state, reason = _state_after_reading(facts, row)
            is_damaged = facts.reason is not None
            values.append(
                (
                    facts.format, facts.page_count, facts.series, facts.issue, facts.title,
                    facts.volume, facts.year, facts.publisher,
                    sort_keys.series_key(facts.series) if facts.series else "",
                    facts.fingerprint, search_terms.missing_bits(_missing(facts.tags)),
                    self._now_at, state, reason, is_damaged, is_damaged,
                    state == FileState.DUPLICATE, state == FileState.DUPLICATE,
                    state == FileState.CONFLICT, file_id,
                )
            )  # fmt: skip
        self._transaction.execute_many(_SET_FACTS, values)
        self._transaction.execute_many(
            "INSERT INTO file_tags (file_id, tags) VALUES (?, ?) "
            "ON CONFLICT DO UPDATE SET tags = excluded.tags",
            [
                (file_id, json.dumps(dict(facts.tags), ensure_ascii=False, separators=(",", ":")))
                for file_id, facts, _ in read
            ],
        )

    def _write_documents(self, positions: dict[int, int]) -> None:
        """Write the search index rows of `{file_id: position}`."""
        if not positions:
            return
        rows = self._transaction.rows(_DOCUMENT_ROWS, (json.dumps(list(positions)),))
        documents = []
        words: set[str] = set()
        for row in rows:
            tags = stored_object(row["tags"]) if row["tags"] else {}
            terms = search_terms.distinct_terms(_texts(row, tags))
            words.update(term for term in terms if not term.isdigit())
            document = " ".join([*terms, *self._facets(row, tags)])
            documents.append((positions[row["file_id"]], document))
        self._transaction.execute_many(
            "INSERT INTO file_search (rowid, terms) VALUES (?, ?)", documents
        )
        self._transaction.execute_many(
            "INSERT INTO search_words (word) VALUES (?) ON CONFLICT DO NOTHING",
            [(word,) for word in sorted(words)],
        )

    def _facets(self, row: Any, tags: Mapping[str, Any]) -> list[str]:
        facets = [
            search_terms.state_facet(row["state"]),
            search_terms.format_facet(row["format"]),
            search_terms.root_facet(row["root_id"]),
        ]
        if row["year"] is not None:
            facets += search_terms.year_facets(row["year"])
        facets += map(search_terms.folder_facet, self._folders.lineage(row["folder_id"]))
        facets += map(search_terms.missing_facet, _missing(tags))
        return facets


_SET_FACTS = """
    UPDATE files SET format = ?, page_count = ?, series = ?, issue = ?, title = ?, volume = ?,
        year = ?, publisher = ?, series_key = ?, fingerprint = ?,
        missing = ?, read_at = ?, state = ?, reason = ?,
        sound_fingerprint = iif(?, coalesce(fingerprint, sound_fingerprint), NULL),
        sound_page_count = iif(?, coalesce(page_count, sound_page_count), NULL),
        duplicate_of = iif(?, duplicate_of, NULL), duplicate_by = iif(?, duplicate_by, NULL),
        conflict_with = iif(?, conflict_with, NULL)
    WHERE file_id = ?"""
_IS_REFERENCED = """
    SELECT 1 WHERE EXISTS (SELECT 1 FROM files WHERE conflict_with = ?1)
        OR EXISTS (SELECT 1 FROM files WHERE duplicate_of = ?1)"""
_SET_MARK = """
    UPDATE files SET state = ?, reason = ?, duplicate_of = ?, duplicate_by = ?, conflict_with = ?
    WHERE file_id = ?"""
_DOCUMENT_ROWS = """
    SELECT f.file_id, f.name, f.path, f.root_id, f.folder_id, f.position, f.sort_key, f.state,
        f.format, f.series, f.issue, f.title, f.volume, f.year, f.publisher, t.tags
    FROM files f LEFT JOIN file_tags t USING (file_id)
    WHERE f.file_id IN (SELECT value FROM json_each(?))"""


def _values(mark: FileMark) -> tuple[str | None, ...]:
    """The values of _SET_MARK."""
    return mark.state, mark.reason, mark.duplicate_of, mark.duplicate_by, mark.conflict_with


def _has_other_pages(facts: FileFacts, row: Any) -> bool:
    """Whether the pages are known to differ from those of the row."""
    if facts.reason is not None or row["fingerprint"] is None:
        return False
    return bool(row["fingerprint"] != facts.fingerprint)


def _state_after_reading(facts: FileFacts, row: Any) -> tuple[FileState, str | None]:
    if facts.reason is not None:
        return FileState.FAILED, facts.reason
    if row is None or row["state"] == FileState.FAILED:
        return FileState.UNPROCESSED, None
    if _has_other_pages(facts, row):
        return FileState.UNPROCESSED, None
    return FileState(row["state"]), row["reason"]


def _missing(tags: Mapping[str, Any]) -> list[str]:
    """The missing tags that a filter can select by."""
    return [tag for tag in search_terms.MISSING_TAGS if tags.get(tag) in (None, "", [], ())]


def _texts(row: Any, tags: Mapping[str, Any]) -> list[str]:
    texts = [row["name"].rpartition(".")[0], row["path"].rpartition("/")[0].rpartition("/")[2]]
    texts += [
        str(row[name])
        for name in ("series", "issue", "title", "year", "publisher")
        if row[name] is not None
    ]
    for name in SEARCHED_TAGS:
        texts += _names(tags.get(name))
    return texts


def _names(value: Any) -> list[str]:
    """The names in a tag: the tag itself, its items, or their `person` or `name`."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return _names(value.get("person")) + _names(value.get("name"))
    if isinstance(value, list | tuple):
        return [name for each in value for name in _names(each)]
    return []
