"""Asks the source again about a comic whose issue is known by its id, and plans what has changed.

No search is made. Answers that are younger than the job's parameter says are used as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from comicmaintainer.errors import AnswerDelayed
from comicmaintainer.filesystem.shared_steps import run_alone
from comicmaintainer.jobs.model import ClaimedItem, ItemGuard, Outcome
from comicmaintainer.matching.identifiers import issue_ids
from comicmaintainer.matching.model import IssueFacts, Level
from comicmaintainer.operations.changes.plan import Plan
from comicmaintainer.operations.comic import Comic
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.identification.identification import Identified
from comicmaintainer.operations.items.item_run import run_item
from comicmaintainer.operations.planners.identify import plan_found, read, wishes_of

DAY_S = 86400.0


class Refresh:
    """The runner of `refresh` items."""

    def __init__(self, context: OperationContext) -> None:
        self._context = context

    def __call__(self, claim: ClaimedItem, guard: ItemGuard, params: Mapping[str, Any]) -> Outcome:
        """Refresh the tags of one comic, unless this is a preview.

        Raises:
            SourceError: the source gave no answer that can be used.
            ArchiveError, FileMissing, FileChanged, StorageError, ItemInterrupted.
        """

        def plan(context: OperationContext, path: Path, params: Mapping[str, Any]) -> Plan:
            guard.check()
            comic = read(context, path, params)
            found = _known_issue(context, comic, params)
            return plan_found(
                context,
                comic,
                found,
                params,
                is_kept=not claim.preview,
                max_age_s=params["older_than_days"] * DAY_S,
            )

        try:
            return run_alone(run_item(self._context, claim, guard, plan=plan, params=params))
        except AnswerDelayed as delay:
            return Outcome(False, error=delay.message, not_before=delay.until)


def _known_issue(context: OperationContext, comic: Comic, params: Mapping[str, Any]) -> Identified:
    """The issue by the ids in the tags, at the first of the job's sources that has one."""
    ids = issue_ids(comic.metadata)
    for source in wishes_of(context, params).sources:
        if source in ids:
            issue = IssueFacts(source, ids[source], "", comic.metadata.issue or "", other_ids=ids)
            return Identified(Level.CERTAIN, "it has an id", issue=issue)
    return Identified(Level.UNKNOWN, "it has no id of a source that is asked; identify it first")
