"""Writes jobs, templates, schedules, history and statistics as JSON Lines (SQL reading only).

Rows are read a page at a time by key, so memory is bounded and every read is short. The lines of
one export may be requested by different threads. An item is read and written together with its
result, so an export of a running job is consistent: every item shown as done has its result. Claims
are not exported: a running item is written as queued.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

from comicmaintainer.database import Database, Row, paging
from comicmaintainer.database.stored_values import stored_object
from comicmaintainer.errors import JobNotFound
from comicmaintainer.jobs.model import ItemState, JobResult
from comicmaintainer.jobs.result_store import ResultStore
from comicmaintainer.jobs.transfer import format as form

_PAGE = 1000
_ITEMS = """
    SELECT i.seq, i.item, i.state, i.attempt, i.lost, i.failures, i.params,
        CASE WHEN held.seq IS NULL THEN i.not_before ELSE i.claimed_at END AS not_before,
        r.success, r.error, r.code, r.details, r.attempt AS result_attempt, r.finished_at,
        r.duration_s
    FROM job_items AS i
    LEFT JOIN job_results AS r ON r.job_id = i.job_id AND r.seq = i.seq
    LEFT JOIN server_waits AS held
        ON held.job_id = i.job_id AND held.seq = i.seq AND i.state = 'queued'
    WHERE i.job_id = ? AND i.seq > ? ORDER BY i.seq LIMIT ?
"""
"""An item that waits for a media server here is due at once elsewhere: nothing there wakes it."""
CSV_COLUMNS = (
    "item", "outcome", "code", "error", "attempt", "finished_at", "duration_s", "details",
)  # fmt: skip


class Exporter:
    """Reads the database and returns the lines of export files."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._results = ResultStore(database)

    def require(self, job_ids: Sequence[str]) -> None:
        """Check that each of these jobs can be exported.

        Raises:
            JobNotFound: one does not exist, or only its summary is left.
        """
        for job_id in job_ids:
            if not self._database.rows(
                "SELECT 1 FROM jobs WHERE job_id = ? AND deleting = 0", (job_id,)
            ):
                raise JobNotFound(f"There is no job {job_id} whose items could be exported.")

    def lines(self, job_ids: Sequence[str] | None = None) -> Iterator[bytes]:
        """Yield the lines of an export file: of everything, or only of the jobs `job_ids`."""
        yield form.line(form.HEAD)
        records = 0
        for record in self._records(job_ids):
            records += 1
            yield form.line(record)
        yield form.line({"record": "end", "records": records})

    def csv_rows(self, job_id: str) -> Iterator[str]:
        """Yield a job's results as lines of CSV; the first line names the columns.

        Text that a spreadsheet would run as a formula gets an apostrophe in front.
        """
        buffer = io.StringIO()
        writer = csv.writer(buffer)
        writer.writerow(CSV_COLUMNS)
        for result in self._results.in_order(job_id):
            writer.writerow(_csv_row(result))
            if buffer.tell() > 1 << 16:
                yield buffer.getvalue()
                buffer.seek(0)
                buffer.truncate()
        yield buffer.getvalue()

    def _records(self, job_ids: Sequence[str] | None) -> Iterator[dict[str, Any]]:
        if job_ids is None:
            for table in form.TABLES:
                yield from map(table.record_of, self._rows(table, "true"))
        chosen = None if job_ids is None else frozenset(job_ids)
        for row in self._rows(form.JOBS, "deleting = 0"):
            if chosen is None or row["job_id"] in chosen:
                yield form.JOBS.record_of(row)
                yield from self._items(row["job_id"])
                yield from self._old_results(row["job_id"])
                yield from self._selection(row["job_id"])

    def _rows(self, table: form.Table, where: str) -> Iterator[Row]:
        key = ", ".join(table.key)
        marks = ", ".join("?" * len(table.key))

        def page_after(place: tuple[Any, ...] | None) -> list[Row]:
            return self._database.rows(
                f"SELECT {', '.join(table.columns)} FROM {table.table} WHERE {where}"
                f" {f'AND ({key}) > ({marks})' if place else ''} ORDER BY {key} LIMIT {_PAGE}",
                place or (),
            )

        return paging.all_rows(page_after, lambda row: tuple(row[name] for name in table.key))

    def _items(self, job_id: str) -> Iterator[dict[str, Any]]:
        def page_after(seq: int | None) -> list[Row]:
            return self._database.rows(_ITEMS, (job_id, -1 if seq is None else seq, _PAGE))

        return map(_item_record, paging.all_rows(page_after, itemgetter("seq")))

    def _selection(self, job_id: str) -> Iterator[dict[str, Any]]:
        for row in self._database.rows(
            "SELECT part, selection FROM job_selections WHERE job_id = ? ORDER BY part", (job_id,)
        ):
            selection = stored_object(row["selection"])
            yield {"record": "selection", "part": row["part"], "selection": selection}

    def _old_results(self, job_id: str) -> Iterator[dict[str, Any]]:
        def page_after(result_id: int | None) -> list[Row]:
            return self._database.rows(
                f"SELECT id, {', '.join(form.OLD_RESULT)} FROM job_results"
                " WHERE job_id = ? AND seq IS NULL AND id > ? ORDER BY id LIMIT ?",
                (job_id, result_id or 0, _PAGE),
            )

        for row in paging.all_rows(page_after, itemgetter("id")):
            yield {"record": "result", "item": row["item"], **_result(row, row["attempt"])}


def _item_record(row: Row) -> dict[str, Any]:
    record: dict[str, Any] = {"record": "item", "seq": row["seq"], "item": row["item"]}
    if row["state"] in (ItemState.SUCCEEDED, ItemState.FAILED):
        record["state"] = row["state"]
        record["result"] = _result(row, row["result_attempt"])
    for name in ("attempt", "lost", "failures", "not_before"):
        if row[name]:
            record[name] = row[name]
    if row["params"] is not None:
        record["params"] = stored_object(row["params"], unreadable_as="unreadable")
    return record


def _result(row: Row, attempt: int | None) -> dict[str, Any]:
    values = {
        "success": row["success"],
        "error": row["error"],
        "code": row["code"],
        "details": None if row["details"] is None else stored_object(row["details"]),
        "attempt": attempt,
        "finished_at": row["finished_at"],
        "duration_s": row["duration_s"],
    }
    return {name: value for name, value in values.items() if value is not None}


def _csv_row(result: JobResult) -> list[Any]:
    finished = result.finished_at
    details = result.details
    return [
        _harmless(result.item),
        "succeeded" if result.success else "failed",
        _harmless(result.code or ""),
        _harmless(result.error or ""),
        result.attempt,
        None if finished is None else datetime.fromtimestamp(finished, UTC).isoformat(),
        result.duration_s,
        None if details is None else json.dumps(details, ensure_ascii=False),
    ]


def _harmless(text: str) -> str:
    # https://owasp.org/www-community/attacks/CSV_Injection
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
