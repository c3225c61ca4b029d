"""Searches for repeated pages in a job: one item is one watched folder.

The whole catalogue is searched with each folder, since adverts do not end at one; the second search
finds nothing new, and ends at once.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import partial
from typing import Any

from comicmaintainer.jobs.model import ClaimedItem, ItemGuard, Outcome
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.items.item_run import ParamsRunner


def find_pages_runner(context: OperationContext) -> ParamsRunner:
    """Return the runner of `find-pages` items."""
    return partial(_run, context)


def _run(
    context: OperationContext, claim: ClaimedItem, guard: ItemGuard, params: Mapping[str, Any]
) -> Outcome:
    """Search the catalogue for repeated pages.

    Raises:
        ItemInterrupted, DatabaseError.
    """
    report = context.page_search.run(by_look=params["look"], checkpoint=guard.check)
    details = {"changes": [], "path": claim.item, "unchanged": True}
    return Outcome(True, {**details, "pages": dataclasses.asdict(report)})
