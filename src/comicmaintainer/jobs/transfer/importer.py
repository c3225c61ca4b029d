"""Imports an export file into a database that is empty or in use, and reports clashes.

Ids are kept. Existing records stay as they are: an equal record counts as present, another one with
the same id as a clash, and so does a record that can't be used here (`checks`). A job is hidden
until all of it is stored, so an invalid line, a file that ends too early or a killed process never
leaves half a job. Each transaction stores up to a few thousand lines.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any, BinaryIO

from comicmaintainer.database import Database, Transaction, Turn
from comicmaintainer.database.stored_values import stored_object
from comicmaintainer.errors import Conflict, InvalidInput
from comicmaintainer.jobs.history_store import HistoryStore
from comicmaintainer.jobs.job_store import active_twin, next_revision
from comicmaintainer.jobs.model import ACTIVE, ItemState, JobStatus, Outcome
from comicmaintainer.jobs.result_marks import marks_of
from comicmaintainer.jobs.transfer import format as form
from comicmaintainer.jobs.transfer.checks import Known
from comicmaintainer.jobs.transfer.lines import batch_of, lines_of, parsed, require_head

CLASHES_NAMED = 1000
_IMPORTING = 2
"""The value of `jobs.deleting` that hides a job while it is being imported."""


@dataclass(frozen=True, slots=True)
class Clash:
    """A record that was left out, its line in the file, and the reason."""

    record: str
    key: str
    line: int
    reason: str


@dataclass(slots=True)
class ImportReport:
    """The result of an import: how many records of each type were stored, present, or clashed."""

    stored: Counter[str] = field(default_factory=Counter)
    present: Counter[str] = field(default_factory=Counter)
    clashed: Counter[str] = field(default_factory=Counter)
    clashes: list[Clash] = field(default_factory=list)
    """The first CLASHES_NAMED clashes."""

    def note_clash(self, clash: Clash) -> None:
        """Count a clash, and list it if it is among the first."""
        self.clashed[clash.record] += 1
        if len(self.clashes) < CLASHES_NAMED:
            self.clashes.append(clash)

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain values (`dataclasses.asdict` can't copy a Counter)."""
        return {
            "stored": dict(self.stored),
            "present": dict(self.present),
            "clashed": dict(self.clashed),
            "clashes": [asdict(clash) for clash in self.clashes],
        }


@dataclass(slots=True)
class _JobInHand:
    """The job whose items are being read; `skipped` if it was left out."""

    record: dict[str, Any]
    line: int
    skipped: bool = False
    items: int = 0
    processed: int = 0
    failed: int = 0
    last_seq: int = -1
    last_part: int = -1

    @property
    def job_id(self) -> str:
        return str(self.record["job_id"])


class Importer:
    """Imports export files, one at a time over all processes; `known` is what they may refer to."""

    def __init__(self, database: Database, known: Known) -> None:
        self._database = database
        self._known = known

    def read(self, file: BinaryIO, *, pause_active: bool = False) -> ImportReport:
        """Import a file and return the report.

        Jobs that were active continue; with `pause_active` they are paused until somebody resumes
        them.

        Raises:
            InvalidInput: a line is invalid; the message has its number. Everything before it is
                stored, except for the job that the line belongs to.
            Conflict: another import is running.
        """
        self._database.data_version()  # opens the database, and makes its folder
        with self._database.alone("import") as is_alone:
            if not is_alone:
                raise Conflict("Another import is running; wait until it has ended.")
            self._remove_halves()
            reading = _Reading(self._database, self._known, pause_active)
            try:
                reading.read(file)
            finally:
                self._remove_halves()
            return reading.report

    def _remove_halves(self) -> None:
        HistoryStore(self._database).purge(hidden_as=_IMPORTING)


class _Reading:
    """The import of one file."""

    def __init__(self, database: Database, known: Known, pause_active: bool) -> None:
        self._database = database
        self._known = known
        self._pause_active = pause_active
        self._tables = {table.record: table for table in form.TABLES}
        self._job: _JobInHand | None = None
        self._items: list[dict[str, Any]] = []
        self._results: list[dict[str, Any]] = []
        self._selections: list[dict[str, Any]] = []
        self._line = 1
        self._records = 0
        self._ended = False
        self.report = ImportReport()

    def read(self, file: BinaryIO) -> None:
        lines = lines_of(file)
        require_head(next(lines, b""))
        while batch := batch_of(lines):
            problem = self._take_batch(batch)
            if problem is not None:
                reason = str(problem).removesuffix(".")
                raise InvalidInput(f"Line {self._line} can't be imported: {reason}.") from problem
        if not self._ended:
            raise InvalidInput("The file ends too early: its last line is missing.")

    def _take_batch(self, batch: list[bytes]) -> InvalidInput | None:
        """Store the lines up to the first invalid one, and return its error."""
        with self._database.transaction(Turn.JOBS) as transaction:
            for text in batch:
                self._line += 1
                try:
                    self._take(transaction, parsed(text))
                except InvalidInput as problem:
                    return problem
            self._store_items(transaction)
        return None

    def _take(self, transaction: Transaction, record: dict[str, Any]) -> None:
        kind = record.get("record")
        if self._ended:
            _refuse("it comes after the record 'end'")
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
            elif isinstance(kind, str) and kind in self._tables:
                if self._take_row(transaction, self._tables[kind], record):
                    self.report.stored[kind] += 1
            else:
                _refuse(f"there is no type of record called {kind!r}")

    def _end(self, record: dict[str, Any]) -> None:
        if record.get("records") != self._records - 1:
            _refuse(
                f"the file says that it has {record.get('records')!r} records, but it has "
                f"{self._records - 1}"
            )
        self._ended = True

    # --- rows ------------------------------------------------------------------------------------

    def _take_row(
        self, transaction: Transaction, table: form.Table, record: dict[str, Any]
    ) -> bool:
        """Store a row that can be used and does not exist yet; return whether it was stored."""
        values = table.values_of(record)
        key = " ".join(str(values[name]) for name in table.key)
        try:
            self._known.require_usable(record)
        except InvalidInput as error:
            self._leave_out(table.record, key, str(error))
            return False
        if table.parent is not None:
            parent, name = table.parent
            found = transaction.row(f"SELECT 1 FROM {parent} WHERE {name} = ?", (values[name],))
            if found is None:
                self._leave_out(table.record, key, f"its {name} does not exist here")
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
            self._leave_out(table.record, key, "its name is taken")
            return
        there = table.record_of(row)
        if table is form.JOBS and "dedupe_key" not in there:
            record.pop("dedupe_key", None)  # an equal job had it when this one was imported
        if record.get("builtin") or form.line(there) == form.line(record):
            self.report.present[table.record] += 1
        else:
            self._leave_out(table.record, key, "another record has this id")

    def _leave_out(self, record: str, key: str, reason: str, line: int | None = None) -> None:
        self.report.note_clash(Clash(record, key, line or self._line, reason))

    # --- jobs ------------------------------------------------------------------------------------

    def _begin_job(self, transaction: Transaction, record: dict[str, Any]) -> None:
        job = _JobInHand(dict(record), self._line)
        job.skipped = not self._take_row(transaction, form.JOBS, record)
        self._job = job

    def _take_item(self, record: dict[str, Any]) -> None:
        job = self._job or _refuse("it is an item, but no job precedes it")
        result = record.pop("result", None)
        values = form.values_of("item", form.ITEM, record)
        if values["seq"] <= job.last_seq:
            _refuse("its 'seq' is not greater than that of the item before")
        job.last_seq = values["seq"]
        state = values["state"] or ItemState.QUEUED
        if (result is not None) != (state in (ItemState.SUCCEEDED, ItemState.FAILED)):
            must = "must have" if result is None else "can't have"
            _refuse(f"an item that is {state} {must} a result")
        if state in (ItemState.PROCESSING, ItemState.WAITING):
            _refuse(f"an imported item can't be {state}")
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
            self._results.append(_marked({**_result(result, state), **own}))

    def _take_old_result(self, record: dict[str, Any]) -> None:
        job = self._job or _refuse("it is a result, but no job precedes it")
        values = form.values_of("result", form.OLD_RESULT, record)
        if not job.skipped:
            self._results.append(_marked({**values, "job_id": job.job_id, "seq": None}))

    def _take_selection(self, record: dict[str, Any]) -> None:
        job = self._job or _refuse("it is a selection, but no job precedes it")
        values = form.values_of("selection", form.SELECTION, record)
        if values["part"] <= job.last_part:
            _refuse("its 'part' is not greater than that of the selection before")
        job.last_part = values["part"]
        self._known.kinds.require_kept(record["selection"])
        if not job.skipped:
            self._selections.append({**values, "job_id": job.job_id})

    def _store_items(self, transaction: Transaction) -> None:
        if self._known.roots_of is not None:
            roots = self._known.roots_of([row["item"] for row in self._items])
            for row in self._items:
                row["root_id"] = roots.get(row["item"])
        for table, rows in (
            ("job_items", self._items),
            ("job_results", self._results),
            ("job_selections", self._selections),
        ):
            if rows:
                names = list(rows[0])
                transaction.execute_many(
                    f"INSERT INTO {table} ({', '.join(names)}) VALUES (:{', :'.join(names)})", rows
                )
                rows.clear()

    def _finish_job(self, transaction: Transaction) -> None:
        """Show the job, which is complete now, with counters that agree with its items."""
        job, self._job = self._job, None
        if job is None or job.skipped:
            return
        self._store_items(transaction)
        status = self._status_of(job)
        try:
            self._require_runnable(job, status)
        except InvalidInput as error:
            # It stays hidden and is removed at the end, like every incomplete job.
            self._leave_out("job", job.job_id, str(error), job.line)
            return
        values = {name: job.record.get(name) for name in ("dedupe_key", "completed_at")}
        if status in ACTIVE:
            values["completed_at"] = None
            if active_twin(transaction, values["dedupe_key"]) is not None:
                values["dedupe_key"] = None
        elif values["completed_at"] is None and JobStatus(job.record["status"]) in ACTIVE:
            values["completed_at"] = job.record.get("last_claim_at") or job.record["created_at"]
        if job.items:
            values |= {
                "total_items": job.items,
                "processed_items": job.processed,
                "failed_items": job.failed,
            }
        values |= {"status": status, "deleting": 0, "revision": next_revision(transaction)}
        transaction.execute(
            f"UPDATE jobs SET {', '.join(f'{name} = :{name}' for name in values)}"
            " WHERE job_id = :job_id",
            {**values, "job_id": job.job_id},
        )
        self.report.stored["job"] += 1

    def _require_runnable(self, job: _JobInHand, status: JobStatus) -> None:
        if status in ACTIVE:
            if not job.items:
                raise InvalidInput(f"It is {status}, but its items are not in the file.")
            self._known.require_usable({**job.record, "status": status})

    def _status_of(self, job: _JobInHand) -> JobStatus:
        """Return the status by the job's items, which may have changed while it was exported."""
        status = JobStatus(job.record["status"])
        left = job.items - job.processed
        if status in ACTIVE and job.items and not left:
            return JobStatus.COMPLETED
        if status is JobStatus.COMPLETED and left:
            status = JobStatus.PROCESSING
        if status in ACTIVE and self._pause_active:
            return JobStatus.PAUSED
        return status


def _result(record: Any, state: ItemState) -> dict[str, Any]:
    if not isinstance(record, dict):
        _refuse("a result must be a JSON object")
    values = form.values_of("result", form.RESULT, record)
    if bool(values["success"]) != (state == ItemState.SUCCEEDED):
        _refuse(f"its result contradicts its state, {state}")
    return values


def _marked(values: dict[str, Any]) -> dict[str, Any]:
    """Return the row of a result with the marks by which it is counted."""
    details = stored_object(values["details"]) if values["details"] else None
    outcome = Outcome(bool(values["success"]), details, values["error"], values["code"])
    effect, group_key = marks_of(outcome, values["item"])
    return {**values, "effect": effect, "group_key": group_key}


def _refuse(reason: str) -> Any:
    raise InvalidInput(reason)
