"""Row-wise recovery of a damaged database into a fresh one.

Used by health at the start, on a copy that nobody else has open. Rows of readable pages are copied;
unreadable pages are skipped. The fresh file is sound by construction: the schema steps create it,
and rows that no longer fit together are repaired or left out.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2 as driver

from comicmaintainer.database.schema_steps import bring_up_to_date, steps
from comicmaintainer.database.soundness import LOOK_INTO_EVERY_FOLDER, READ_EVERY_FILE
from comicmaintainer.errors import DatabaseDamaged

LOWEST_ROWID, HIGHEST_ROWID = -(2**63), 2**63 - 1
MOST_FAILED_READS = 4000
"""Per table: enough to find the way around dozens of bad pages, in well under a second."""
BATCH = 500
CACHE_KIB = 128 << 10

# https://sqlite.org/fileformat2.html#the_database_header
_HEADER_BYTES = 100

_KEPT_BY_TRIGGERS = frozenset({"file_counts", "series"})
_LOST = "its items were lost when the damaged database was recovered"
_REPAIRS = (
    "UPDATE jobs SET status = 'failed', error = :lost, completed_at = :now"
    " WHERE status IN ('queued', 'processing', 'paused') AND total_items <>"
    " (SELECT count(*) FROM job_items WHERE job_items.job_id = jobs.job_id)",
    "UPDATE jobs SET"
    " processed_items = (SELECT count(*) FROM job_items AS done"
    "   WHERE done.job_id = jobs.job_id AND done.state IN ('succeeded', 'failed')),"
    " failed_items = (SELECT count(*) FROM job_items AS done"
    "   WHERE done.job_id = jobs.job_id AND done.state = 'failed')"
    " WHERE status IN ('queued', 'processing', 'paused')",
    "UPDATE jobs SET status = 'completed', completed_at = :now"
    " WHERE status IN ('queued', 'processing', 'paused') AND total_items > 0"
    " AND processed_items >= total_items",
    # The next scan reads every folder and every file again, because rows may be missing and the
    # search index is not recovered. States of files are kept.
    LOOK_INTO_EVERY_FOLDER,
    READ_EVERY_FILE,
    "DELETE FROM workers",
)


@dataclass(frozen=True, slots=True)
class Recovered:
    """How many rows were recovered, and which tables had unreadable rows."""

    rows: int
    damaged_tables: tuple[str, ...]


def recover(damaged: Path, fresh: Path, now: Callable[[], float] = time.time) -> Recovered:
    """Copy what can be read from `damaged` (a copy, it is modified) into a new database at `fresh`.

    Raises:
        DatabaseDamaged: nothing can be read, or the result is not sound.
        driver.Error: writing `fresh` failed (for example, a full disk).
    """
    source = _opened(damaged, fresh)
    target = driver.connect(os.fspath(fresh), isolation_level=None)
    try:
        version = source.execute("PRAGMA user_version").fetchone()[0]
        newest = len(steps())
        # If the version is impossible, the newest schema is the most likely one.
        up_to = max(1, version) if 0 <= version <= newest else newest
        # The file is not used until it is complete; the caller syncs it then.
        target.execute("PRAGMA synchronous=OFF")
        target.execute("PRAGMA journal_mode=MEMORY")
        target.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
        target.execute("PRAGMA foreign_keys=OFF")
        bring_up_to_date(target, fresh, up_to=up_to)
        recovered = _Salvage(source, target).run()
        bring_up_to_date(target, fresh)
        _repair_rows(target, now())
        _require_sound(target, fresh)
    finally:
        source.close()
        target.close()
    return recovered


def _opened(damaged: Path, fresh: Path) -> Any:
    source = driver.connect(os.fspath(damaged), isolation_level=None)
    source.text_factory = lambda text: text.decode("utf-8", "replace")
    try:
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except driver.DatabaseError:
        source.close()
        _replace_header(damaged, fresh.with_name(fresh.name + "-header"))
        source = driver.connect(os.fspath(damaged), isolation_level=None)
        source.text_factory = lambda text: text.decode("utf-8", "replace")
        try:
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except driver.DatabaseError as error:
            source.close()
            raise DatabaseDamaged(f"Nothing can be read from {damaged}: {error}") from error
    return source


def _replace_header(damaged: Path, model: Path) -> None:
    """Replace the header with that of a new database, in case only the header is destroyed."""
    connection = driver.connect(os.fspath(model), isolation_level=None)
    try:
        connection.execute("CREATE TABLE a_page (a)")
        connection.execute(f"PRAGMA user_version = {len(steps())}")
    finally:
        connection.close()
    header = bytearray(model.read_bytes()[:_HEADER_BYTES])
    model.unlink()
    page_bytes = int.from_bytes(header[16:18], "big")
    with damaged.open("r+b") as file:
        size = os.fstat(file.fileno()).st_size
        header[28:32] = (size // page_bytes).to_bytes(4, "big")
        file.write(header)


class _Salvage:
    """Copies what can be read, table by table."""

    def __init__(self, source: Any, target: Any) -> None:
        self._source = source
        self._target = target
        self._failed_reads = 0
        self._rows = 0

    def run(self) -> Recovered:
        damaged: list[str] = []
        self._target.execute("BEGIN IMMEDIATE")
        for name, has_rowid in self._tables():
            self._failed_reads = 0
            columns = self._columns(name)
            self._target.execute(f"DELETE FROM {name}")  # rows of the schema steps
            if columns and has_rowid:
                self._copy_by_rowid(name, columns)
            elif columns:
                self._copy_by_key(name, columns)
            if self._failed_reads or not columns:
                damaged.append(name)
        self._target.execute("COMMIT")
        return Recovered(self._rows, tuple(damaged))

    def _tables(self) -> list[tuple[str, bool]]:
        rows = self._target.execute("PRAGMA main.table_list").fetchall()
        return sorted(
            (name, not without_rowid)
            for _, name, kind, _, without_rowid, _ in rows
            if kind == "table" and not name.startswith("sqlite_") and name not in _KEPT_BY_TRIGGERS
        )

    def _columns(self, table: str) -> list[str]:
        """Return the columns that both sides have."""
        try:
            there = {row[1] for row in self._source.execute(f"PRAGMA table_info({table})")}
        except driver.DatabaseError:
            return []
        wanted = [row[1] for row in self._target.execute(f"PRAGMA table_info({table})")]
        return [column for column in wanted if column in there]

    def _copy_by_rowid(self, table: str, columns: list[str]) -> None:
        """Copy from both ends towards the damage, then halve the gap."""
        select = (
            f"SELECT rowid, {', '.join(columns)} FROM {table} NOT INDEXED"
            " WHERE rowid BETWEEN ? AND ? ORDER BY rowid"
        )
        pending = [(LOWEST_ROWID, HIGHEST_ROWID)]
        while pending and self._failed_reads < MOST_FAILED_READS:
            lowest, highest = pending.pop()
            last = self._copy(table, columns, select, (lowest, highest))
            if last is None:
                continue
            lowest = max(lowest, last + 1)
            first = self._copy(table, columns, f"{select} DESC", (lowest, highest))
            if first is None:
                continue
            highest = min(highest, first - 1)
            middle = (lowest + highest) // 2
            if lowest < highest:
                pending += [(middle + 1, highest), (lowest, middle)]

    def _copy_by_key(self, table: str, columns: list[str]) -> None:
        info = self._target.execute(f"PRAGMA table_info({table})").fetchall()
        key = [row[1] for row in sorted(info, key=lambda row: row[5]) if row[5]]
        for direction in ("", " DESC"):
            order = ", ".join(column + direction for column in key)
            select = f"SELECT 0, {', '.join(columns)} FROM {table} NOT INDEXED ORDER BY {order}"
            if self._copy(table, columns, select, ()) is None:
                return

    def _copy(
        self, table: str, columns: list[str], select: str, bounds: tuple[int, ...]
    ) -> int | None:
        """Copy until the end (returns None) or an unreadable page (returns the last rowid read)."""
        descending = select.endswith("DESC")
        last = HIGHEST_ROWID if descending else LOWEST_ROWID - 1
        if bounds:
            last = bounds[1] + 1 if descending else bounds[0] - 1
        # Ignores rows that were read before, and values that no longer fit their column.
        insert = (
            f"INSERT OR IGNORE INTO {table} ({', '.join(columns)})"
            f" VALUES ({', '.join('?' * len(columns))})"
        )
        try:
            for rows in self._batches(select, bounds):
                values = [row[1:] for row in rows]
                self._rows += self._target.executemany(insert, values).rowcount
                last = rows[-1][0]
        except _UnreadablePage:
            self._failed_reads += 1
            return last
        return None

    def _batches(self, select: str, bounds: tuple[int, ...]) -> Iterator[list[Any]]:
        rows: list[Any] = []
        try:
            cursor = self._source.execute(select, bounds)
            for row in cursor:
                rows.append(row)
                if len(rows) == BATCH:
                    yield rows
                    rows = []
        except driver.DatabaseError as error:
            if rows:
                yield rows
            raise _UnreadablePage from error
        if rows:
            yield rows


class _UnreadablePage(Exception):
    """SQLite met a page that it can't read. Internal: the recovery goes on after that page."""


def _repair_rows(target: Any, now: float) -> None:
    target.execute("BEGIN IMMEDIATE")
    # Deleting orphans can create new ones, so repeat until there are none.
    while orphans := target.execute("PRAGMA foreign_key_check").fetchall():
        for table in {row[0] for row in orphans}:
            for key in target.execute(f"PRAGMA foreign_key_list({table})").fetchall():
                _, _, parent, child_column, parent_column = key[:5]
                target.execute(
                    f"DELETE FROM {table} WHERE {child_column} IS NOT NULL AND {child_column}"
                    f" NOT IN (SELECT {parent_column} FROM {parent})"
                )
    for statement in _REPAIRS:
        target.execute(statement, {"lost": _LOST, "now": now})
    target.execute("COMMIT")


def _require_sound(target: Any, path: Path) -> None:
    result = target.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if result != "ok":
        raise DatabaseDamaged(f"The recovered database {path} is not sound: {result}")
