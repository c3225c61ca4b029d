"""Whether a well-formed record of an import can be used here: kinds, selections, times, counts.

What can't is left out and told of, with all that hangs on it: a job of a kind that no worker knows
would wait for ever. An ended job, or one in the history, is only read; its kind may be forgotten.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
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
    """What imported records are held against: the kinds of job, and the built-in templates' ids.

    Nothing is looked up on the disk.
    """

    kinds: Kinds
    builtins: Collection[str]

    def require_usable(self, record: Record) -> None:
        """Return if a template, schedule, job or summary of a job means something here.

        Raises:
            InvalidInput: it does not; the message says why.
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
            raise InvalidInput("This release has no built-in template of this id.")
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
