"""Decides which well-formed records of an import can be used here.

Checks kinds, selections, times and counts. What can't be used is left out and reported, with all
that depends on it: a job of a kind that no worker knows would wait forever. Ended jobs and the
history are only shown, so their kind may be unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from comicmaintainer.errors import InvalidInput
from comicmaintainer.jobs.kinds import Kinds
from comicmaintainer.jobs.model import ACTIVE, ENDED, UNASSIGNED, JobStatus
from comicmaintainer.jobs.saved.schedules import require_readable
from comicmaintainer.jobs.saved.templates import LONGEST_NAME

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Known:
    """The kinds of job and the ids of built-in templates that imported records may refer to.

    `roots_of` returns in which watched folders items lie, where hosts have only some of these. The
    library's disk is not read.
    """

    kinds: Kinds
    builtins: Collection[str]
    roots_of: Callable[[Iterable[str]], Mapping[str, int]] | None = None

    def require_usable(self, record: Record) -> None:
        """Check that a template, a schedule, a job or a summary of a job can be used here.

        Raises:
            InvalidInput: it can't; the message says why.
        """
        match record["record"]:
            case "template":
                self._require_template(record)
            case "schedule":
                require_readable(record.get("cron"), record.get("run_at"), record["timezone"])
            case "job":
                _require_counts(record)
                if JobStatus(record["status"]) in ACTIVE and record["kind"] != UNASSIGNED:
                    self._require_kind(record["kind"])
            case "history":
                _require_counts(record)
                if JobStatus(record["status"]) not in ENDED:
                    raise InvalidInput(f"A job in the history can't be {record['status']}.")

    def _require_template(self, record: Record) -> None:
        if record["builtin"] and record["template_id"] not in self.builtins:
            raise InvalidInput("This release has no built-in template with this id.")
        if not 0 < len(record["name"].strip()) <= LONGEST_NAME:
            raise InvalidInput(f"A template's name must have 1 to {LONGEST_NAME} characters.")
        self._require_kind(record["kind"])
        self.kinds.require_readable(record["kind"], record["selection"])

    def _require_kind(self, kind: str) -> None:
        if kind not in self.kinds.names:
            raise InvalidInput(f"There is no kind of job called {kind!r}.")


def _require_counts(record: Record) -> None:
    total, done, failed = (record[f"{part}_items"] for part in ("total", "processed", "failed"))
    if not failed <= done <= total:
        raise InvalidInput(
            f"The counts don't add up: {failed} failed and {done} done of {total} items."
        )
