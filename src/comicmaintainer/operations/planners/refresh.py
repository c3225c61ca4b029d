"""Asks the source again about a comic whose issue is known by its id, and plans what has changed.

No search is made. Answers that are younger than the job's parameter says are used as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from comicmaintainer.jobs.model import ClaimedItem, ItemGuard, Outcome
from comicmaintainer.matching.identifiers import issue_ids
from comicmaintainer.matching.model import IssueFacts, Level
from comicmaintainer.operations.changes.plan import Plan
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.identification.identification import Identified
from comicmaintainer.operations.items.item_run import ParamsSteps, run_item
from comicmaintainer.operations.planners.identify import (
    Patience,
    ReadFile,
    plan_found,
    read,
    wishes_of,
    with_series,
)

DAY_S = 86400.0


def refresh_steps(context: OperationContext) -> ParamsSteps:
    """Return the steps of `refresh` items."""
    patience = Patience()

    async def run(claim: ClaimedItem, guard: ItemGuard, params: Mapping[str, Any]) -> Outcome:
        def plan(context: OperationContext, path: Path, params: Mapping[str, Any]) -> Plan:
            guard.check()
            file = ReadFile(
                read(context, path, params),
                context.catalogue.by_path(path),
                wishes_of(context, params),
                params,
                is_kept=not claim.preview,
                max_age_s=params["older_than_days"] * DAY_S,
            )
            return with_series(context, plan_found(context, file, _known_issue(file)), claim)

        return await patience.with_item(run_item(context, claim, guard, plan=plan, params=params))

    return run


def _known_issue(file: ReadFile) -> Identified:
    """The issue by the ids in the tags, at the first of the job's sources that has one."""
    tags = file.comic.metadata
    ids = issue_ids(tags)
    for source in file.wishes.sources:
        if source in ids:
            issue = IssueFacts(source, ids[source], "", tags.issue or "", other_ids=ids)
            return Identified(Level.CERTAIN, "it has an id", issue=issue)
    return Identified(Level.UNKNOWN, "it has no id of a source that is asked; identify it first")
