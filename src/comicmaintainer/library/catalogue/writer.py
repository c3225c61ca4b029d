"""The writes of one transaction to the catalogue: rows, tags and lookups.

Used by catalogue.py, which opens the transaction. Has the search index follow each write.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from comicmaintainer.database import Transaction
from comicmaintainer.library.catalogue import lookups, page_rows, search_terms, sort_keys
from comicmaintainer.library.catalogue.folder_rows import FolderTable
from comicmaintainer.library.catalogue.model import (
    FileFacts,
    FileMark,
    FileState,
    SeenFile,
    ShownTags,
)
from comicmaintainer.library.catalogue.positions import places_of_new
from comicmaintainer.library.catalogue.search_index import SearchIndex
from comicmaintainer.library.catalogue.several_series import series_with_gaps

NOTHING_READ = FileFacts()
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
NO_MARKS: Mapping[str, FileMark] = MappingProxyType({})


class CatalogueWriter:
    """The writes of one transaction."""

    def __init__(self, transaction: Transaction, now_at: float) -> None:
        self._transaction = transaction
        self._now_at = now_at
        self._folders = FolderTable(transaction)
        self._index = SearchIndex(transaction, self._folders)

    def upsert(self, seen: Sequence[SeenFile], marks: Mapping[str, FileMark] = NO_MARKS) -> int:
        """Store files, each path once, and set the marks of some; return how many are new.

        Every statement runs once for all of them.
        """
        known = self._rows_of([file.path for file in seen])
        new = self._insert([file for file in seen if file.path not in known], marks)
        ids = {path: row["file_id"] for path, row in known.items()} | new
        stored = [file for file in seen if file.path in ids]
        self._update([(file, known[file.path]) for file in stored if file.path in known])
        read = [
            (file.facts, known[file.path])
            for file in stored
            if file.facts is not None and file.path in known
        ]
        self._write_facts(read)
        self._write_tags(
            [(ids[file.path], file.facts.tags) for file in stored if file.facts is not None]
        )
        lookups.write(
            self._transaction,
            [
                lookups.ReadFile(ids[file.path], file.facts.series, file.facts.tags)
                for file in stored
                if file.facts is not None
            ],
        )
        page_rows.write(
            self._transaction,
            [
                (ids[file.path], file.facts.page_keys or b"")
                for file in stored
                if file.facts is not None and file.facts.reason is None
            ],
        )
        self._transaction.execute_many(
            _SET_MARK,
            [
                (*_values(marks[file.path]), ids[file.path])
                for file in stored
                if file.path in marks and file.path in known
            ],
        )
        altered = [row["path"] for facts, row in read if _has_other_pages(facts, row)]
        touched = [ids[file.path] for file in stored]
        if altered:
            touched += self._released("duplicate_of", altered)
        self._index.reindex(touched, new=new.values())
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
        self._index.reindex(ids.values())
        return len(ids)

    def show(self, shown: Mapping[int, ShownTags]) -> None:
        """Change what is shown of files, by id; what is in their tags stays."""
        self._transaction.execute_many(
            "UPDATE files SET series = ?, issue = ?, title = ?, volume = ?, year = ?, "
            "publisher = ?, series_key = ? WHERE file_id = ?",
            [
                (*each, sort_keys.series_key(each.series) if each.series else "", file_id)
                for file_id, each in shown.items()
            ],
        )
        lookups.write_names(self._transaction, (each.series for each in shown.values()))
        self._index.reindex(shown)

    def mark_sound(self, files: Sequence[SeenFile]) -> None:
        """Note that all pages of these files were found sound.

        A file whose row has another size or time has been written since, and is not noted.
        """
        self._transaction.execute_many(
            _SET_VERIFIED,
            [(self._now_at, file.path, file.size_bytes, file.mtime_ns) for file in files],
        )

    def release(self, left_paths: Collection[str]) -> None:
        """Clear the marks that refer to files at `left_paths`, which are no longer there.

        The marked files are no longer duplicates of them or in conflict with them.
        """
        released = [
            *self._released("conflict_with", left_paths),
            *self._released("duplicate_of", left_paths),
        ]
        if released:
            self._index.reindex(released)

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
            self._index.reindex([row["file_id"]])
        return True

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

    def _insert(self, files: Sequence[SeenFile], marks: Mapping[str, FileMark]) -> dict[str, int]:
        """Add files whose folders are catalogued; return their ids by path."""
        paths, keys, rows = [], [], []
        series_keys = {_series_key_of(file.facts) for file in files if file.facts is not None}
        have_gaps = series_with_gaps(self._transaction, series_keys - {""})
        for file in files:
            folder, _, name = file.path.rpartition("/")
            place_of = self._folders.ensure(folder)
            if place_of is not None:
                facts = NOTHING_READ if file.facts is None else file.facts
                state, reason = _state_after_reading(facts, None)
                read_at = None if file.facts is None else self._now_at
                paths.append(file.path)
                keys.append(_sort_key_of(facts, name))
                rows.append(
                    (
                        *place_of, name, file.size_bytes, file.mtime_ns, file.device, file.inode,
                        self._now_at, self._now_at, *_columns(facts), read_at,
                        *_values(marks.get(file.path, FileMark(state, reason))),
                        int(_series_key_of(facts) in have_gaps),
                    )
                )  # fmt: skip
        if not rows:
            return {}
        first = self._transaction.dialect.first_of_new_ids(
            self._transaction, "files", "file_id", len(rows)
        )
        ids = range(first, first + len(rows))
        # Each row is written once: on a server each change of it is a change of all its indexes.
        places = places_of_new(self._transaction, list(zip(keys, ids, strict=True)))
        self._transaction.execute_many(
            _INSERT,
            [
                (file_id, places.get(file_id), path, key, *row)
                for file_id, path, key, row in zip(ids, paths, keys, rows, strict=True)
            ],
        )
        return dict(zip(paths, ids, strict=True))

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

    def _write_facts(self, read: Sequence[tuple[FileFacts, Any]]) -> None:
        """Store the facts of files that have these rows."""
        values = []
        for facts, row in read:
            state, reason = _state_after_reading(facts, row)
            is_damaged = facts.reason is not None
            values.append(
                (
                    *_columns(facts), self._now_at, state, reason, is_damaged, is_damaged,
                    state == FileState.DUPLICATE, state == FileState.DUPLICATE,
                    state == FileState.CONFLICT, row["file_id"],
                )
            )  # fmt: skip
        self._transaction.execute_many(_SET_FACTS, values)

    def _write_tags(self, tags_of: Sequence[tuple[int, Mapping[str, Any]]]) -> None:
        """Store the tags of files, by id."""
        self._transaction.execute_many(
            "INSERT INTO file_tags (file_id, tags) VALUES (?, ?) "
            "ON CONFLICT (file_id) DO UPDATE SET tags = excluded.tags",
            [(file_id, _JSON.encode(dict(tags))) for file_id, tags in tags_of],
        )


_INSERT = f"""
    INSERT INTO files (file_id, position, path, sort_key, root_id, folder_id, name, size_bytes,
        mtime_ns, device, inode, added_at, changed_at, format, page_count, series, issue, title,
        volume, year, publisher, series_key, fingerprint, missing, read_at, state, reason,
        duplicate_of, duplicate_by, conflict_with, series_has_gaps)
    VALUES ({", ".join("?" * 31)})"""
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
_SET_VERIFIED = """
    UPDATE files SET verified_at = ? WHERE path = ? AND size_bytes = ? AND mtime_ns = ?"""


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


def _columns(facts: FileFacts) -> tuple[object, ...]:
    """The values of the columns from `format` to `missing`."""
    return (
        facts.format, facts.page_count, facts.series, facts.issue, facts.title,
        facts.volume, facts.year, facts.publisher,
        _series_key_of(facts),
        facts.fingerprint, search_terms.missing_bits_of(facts.tags),
    )  # fmt: skip


def _series_key_of(facts: FileFacts) -> str:
    return sort_keys.series_key(facts.series) if facts.series else ""


def _sort_key_of(facts: FileFacts, name: str) -> str:
    return sort_keys.sort_key(
        series=facts.series, volume=facts.volume, year=facts.year, issue=facts.issue, name=name
    )
