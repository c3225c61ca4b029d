"""Reads an export file into an empty or a living database, and reports what clashed.

Ids are kept. What is there already is left as it is: the same record counts as present, another
under its id as a clash. A job is hidden until all of it is stored, so a file that ends too early,
or a process that dies, leaves no half of one. Lines are stored a few thousand per transaction.
"""

from __future__ import annotations

import fcntl
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from comicmaintainer.database import Database, Transaction
from comicmaintainer.errors import Conflict, InvalidInput
from comicmaintainer.jobs import transfer_format as form
from comicmaintainer.jobs.history_store import HistoryStore
from comicmaintainer.jobs.job_store import active_twin, next_revision
from comicmaintainer.jobs.model import ItemState

LONGEST_LINE_BYTES = 16 << 20
CLASHES_NAMED = 1000
_BATCH_LINES = 2000
_BATCH_BYTES = 8 << 20
_IMPORTING = 2
"""The value of `jobs.deleting` that hides a job while it is being imported."""
_DECODER = json.JSONDecoder(parse_constant=lambda name: _refuse(f"{name} is no JSON number"))


@dataclass(frozen=True, slots=True)
class Clash:
    """A record that was left out, and why."""

    record: str
    key: str
    reason: str


@dataclass(slots=True)
class ImportReport:
    """What an import did: records stored and present before, by type, and what clashed."""

    stored: Counter[str] = field(default_factory=Counter)
    present: Counter[str] = field(default_factory=Counter)
    clashed: Counter[str] = field(default_factory=Counter)
    clashes: list[Clash] = field(default_factory=list)
    """The first CLASHES_NAMED of them."""

    def note_clash(self, record: str, key: str, reason: str) -> None:
        """Count a clash, and name it if there are not too many."""
        self.clashed[record] += 1
        if len(self.clashes) < CLASHES_NAMED:
            self.clashes.append(Clash(record, key, reason))


@dataclass(slots=True)
class _JobInHand:
    """The job whose items are being read; `skipped` where it is not taken in."""

    job_id: str
    dedupe_key: str | None
    skipped: bool = False
    items: int = 0
    processed: int = 0
    failed: int = 0


class Importer:
    """Stores export files, one at a time over all processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, file: BinaryIO, *, pause_active: bool = False) -> ImportReport:
        """Import a file and return what came of it.

        Jobs that were active go on where they were, unless `pause_active` holds them until they
        are resumed.

        Raises:
            InvalidInput: a line can't be read; it is named. What came before it is stored, but for
                the job that the line belongs to.
            Conflict: another import is running.
        """
        self._database.data_version()  # opens it, and makes its folder
        with self._alone():
            self._remove_halves()
            reading = _Reading(self._database, pause_active)
            try:
                reading.read(file)
            finally:
                self._remove_halves()
            return reading.report

    @contextmanager
    def _alone(self) -> Iterator[None]:
        path = self._database.path
        with path.with_name(path.name + "-import").open("wb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Conflict("Another import is running; wait until it has ended.") from error
            yield

    def _remove_halves(self) -> None:
        with self._database.transaction() as transaction:
            halves = transaction.execute(
                "UPDATE jobs SET deleting = 1 WHERE deleting = ?", (_IMPORTING,)
            )
        if halves:
            HistoryStore(self._database).purge()


class _Reading:
    """One file on its way into the database."""

    def __init__(self, database: Database, pause_active: bool) -> None:
        self._database = database
        self._pause_active = pause_active
        self._tables = {table.record: table for table in form.TABLES}
        self._job: _JobInHand | None = None
        self._items: list[dict[str, Any]] = []
        self._results: list[dict[str, Any]] = []
        self._selections: list[dict[str, Any]] = []
        self._records = 0
        self._ended = False
        self.report = ImportReport()

    def read(self, file: BinaryIO) -> None:
        lines = _lines(file)
        _check_head(next(lines, b""))
        number = 1
        while batch := _batch(lines):
            with self._database.transaction() as transaction:
                for text in batch:
                    number += 1
                    try:
                        self._take(transaction, _parsed(text))
                    except InvalidInput as error:
                        raise InvalidInput(f"Line {number} can't be imported: {error}.") from error
                self._store_items(transaction)
        if not self._ended:
            raise InvalidInput("The file ends too early: its last line is missing.")

    def _take(self, transaction: Transaction, record: dict[str, Any]) -> None:
        kind = record.get("record")
        if self._ended:
            _refuse("it comes after the end")
        self._records += 1
        if kind == "item":
            self._take_item(record)
        elif kind == "result":
            self._take_old_result(record)
        elif kind == "selection":
            self._take_selection(record)
        else:
            self._finish_job(transaction)
            if kind == "job":
                self._begin_job(transaction, record)
            elif kind == "end":
                self._end(record)
            elif kind in self._tables:
                self._take_row(transaction, self._tables[kind], record)
            else:
                _refuse(f"there is no kind of record called {kind!r}")

    def _end(self, record: dict[str, Any]) -> None:
        if record.get("records") != self._records - 1:
            _refuse(f"{record.get('records')!r} records were written, {self._records - 1} read")
        self._ended = True

    # --- rows ------------------------------------------------------------------------------------

    def _take_row(
        self, transaction: Transaction, table: form.Table, record: dict[str, Any]
    ) -> bool:
        """Store a row that is not there yet; True if it was stored."""
        values = table.values_of(record)
        key = " ".join(str(values[name]) for name in table.key)
        if table.parent is not None:
            parent, name = table.parent
            found = transaction.row(f"SELECT 1 FROM {parent} WHERE {name} = ?", (values[name],))
            if found is None:
                self.report.note_clash(table.record, key, f"its {name} is not there")
                return False
        extra: dict[str, Any] = {}
        if table is form.JOBS:
            extra = {"deleting": _IMPORTING, "dedupe_key": None, "imported": 1}
        written = transaction.execute(
            f"INSERT INTO {table.table} ({', '.join({**values, **extra})})"
            f" VALUES (:{', :'.join({**values, **extra})}) ON CONFLICT DO NOTHING",
            {**values, **extra},
        )
        if written:
            self.report.stored[table.record] += 1
            return True
        self._note_present(transaction, table, record, values, key)
        return False

    def _note_present(
        self,
        transaction: Transaction,
        table: form.Table,
        record: dict[str, Any],
        values: dict[str, Any],
        key: str,
    ) -> None:
        where = " AND ".join(f"{name} = :{name}" for name in table.key)
        row = transaction.row(
            f"SELECT {', '.join(table.columns)} FROM {table.table} WHERE {where}", values
        )
        if row is None:
            self.report.note_clash(table.record, key, "its name is taken")
        elif record.get("builtin") or form.line(table.record_of(row)) == form.line(record):
            self.report.present[table.record] += 1
        else:
            self.report.note_clash(table.record, key, "another one has this id")

    # --- jobs ------------------------------------------------------------------------------------

    def _begin_job(self, transaction: Transaction, record: dict[str, Any]) -> None:
        taken = self._take_row(transaction, form.JOBS, record)
        self._job = _JobInHand(record["job_id"], record.get("dedupe_key"), skipped=not taken)

    def _take_item(self, record: dict[str, Any]) -> None:
        job = self._job or _refuse("it is an item without a job")
        result = record.pop("result", None)
        values = _fields(form.ITEM, record)
        state = values["state"] or ItemState.QUEUED
        if (result is not None) != (state in (ItemState.SUCCEEDED, ItemState.FAILED)):
            _refuse(f"an item that is {state} can't have or lack a result")
        if state in (ItemState.PROCESSING, ItemState.WAITING):
            _refuse("nobody runs an item that is imported, nor does it wait")
        if job.skipped:
            return
        job.items += 1
        self._items.append(
            {
                **values,
                "job_id": job.job_id,
                "state": state,
                **{name: values[name] or 0 for name in ("attempt", "lost", "failures")},
                "not_before": values["not_before"] or 0.0,
            }
        )
        if result is not None:
            job.processed += 1
            job.failed += state == ItemState.FAILED
            own = {"job_id": job.job_id, "seq": values["seq"], "item": values["item"]}
            self._results.append({**_fields(form.RESULT, result), **own})

    def _take_old_result(self, record: dict[str, Any]) -> None:
        job = self._job or _refuse("it is a result without a job")
        values = _fields(form.OLD_RESULT, record)
        if not job.skipped:
            self._results.append({**values, "job_id": job.job_id, "seq": None})

    def _take_selection(self, record: dict[str, Any]) -> None:
        job = self._job or _refuse("it is a selection without a job")
        values = _fields(form.SELECTION, record)
        if not isinstance(record["selection"], dict):
            _refuse("a selection must be a JSON object")
        if not job.skipped:
            self._selections.append({**values, "job_id": job.job_id})

    def _store_items(self, transaction: Transaction) -> None:
        for table, rows in (
            ("job_items", self._items),
            ("job_results", self._results),
            ("job_selections", self._selections),
        ):
            if rows:
                names = list(rows[0])
                stored = transaction.execute_many(
                    f"INSERT INTO {table} ({', '.join(names)}) VALUES (:{', :'.join(names)})"
                    " ON CONFLICT DO NOTHING",
                    rows,
                )
                if stored != len(rows):
                    raise InvalidInput(f"Job {rows[0]['job_id']} has an item twice.")
                rows.clear()

    def _finish_job(self, transaction: Transaction) -> None:
        """Show the job that is whole now, with counters that agree with its items."""
        job, self._job = self._job, None
        if job is None or job.skipped:
            return
        self._store_items(transaction)
        key = job.dedupe_key if active_twin(transaction, job.dedupe_key) is None else None
        transaction.execute(
            "UPDATE jobs SET deleting = 0, dedupe_key = ?, revision = ? WHERE job_id = ?",
            (key, next_revision(transaction), job.job_id),
        )
        if self._pause_active:
            transaction.execute(
                "UPDATE jobs SET status = 'paused'"
                " WHERE job_id = ? AND status IN ('queued', 'processing')",
                (job.job_id,),
            )
        if job.items:
            transaction.execute(
                "UPDATE jobs SET total_items = :items, processed_items = :processed,"
                " failed_items = :failed, status = CASE WHEN :processed < :items OR status IN"
                " ('completed', 'failed', 'cancelled') THEN status ELSE 'completed' END,"
                " completed_at = CASE WHEN :processed < :items THEN completed_at"
                " ELSE coalesce(completed_at, last_claim_at, created_at) END"
                " WHERE job_id = :job_id",
                {
                    "items": job.items,
                    "processed": job.processed,
                    "failed": job.failed,
                    "job_id": job.job_id,
                },
            )


def _lines(file: BinaryIO) -> Iterator[bytes]:
    while text := file.readline(LONGEST_LINE_BYTES + 1):
        if len(text) > LONGEST_LINE_BYTES:
            raise InvalidInput("The file has a line that is too long to be one of an export.")
        yield text


def _batch(lines: Iterator[bytes]) -> list[bytes]:
    """Return the next lines: so many, or fewer where they are long."""
    batch: list[bytes] = []
    size = 0
    while len(batch) < _BATCH_LINES and size < _BATCH_BYTES:
        text = next(lines, None)
        if text is None:
            break
        batch.append(text)
        size += len(text)
    return batch


def _parsed(text: bytes) -> dict[str, Any]:
    try:
        record = _DECODER.decode(text.decode())
    except (ValueError, RecursionError) as error:
        raise InvalidInput("it is no line of JSON") from error
    if not isinstance(record, dict):
        raise InvalidInput("it is no JSON object")
    return record


def _check_head(text: bytes) -> None:
    try:
        head = _parsed(text)
    except InvalidInput:
        head = {}
    if head.get("format") != form.FORMAT:
        raise InvalidInput("This is no export of jobs: its first line does not say so.")
    if head.get("version") != form.VERSION:
        raise InvalidInput(
            f"The export has version {head.get('version')!r}; this release reads "
            f"{form.VERSION}. Upgrade first."
        )


def _fields(columns: dict[str, str], record: Any) -> dict[str, Any]:
    if not isinstance(record, dict):
        _refuse("a result must be a JSON object")
    unknown = record.keys() - columns.keys() - {"record"}
    if unknown:
        _refuse(f"it has an unknown field {', '.join(sorted(unknown))}")
    return {name: form.stored(name, kind, record.get(name)) for name, kind in columns.items()}


def _refuse(reason: str) -> Any:
    raise InvalidInput(reason)
