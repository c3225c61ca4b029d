"""Finishes, when a worker starts, what a crash left half done.

Every change is journaled before a file is touched, so the rows that are still open tell where to
look. Items that another worker is running at this moment are left to it. Items that wait to be
tried again finish their rows themselves as well; either may come first.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from itertools import groupby

from comicmaintainer.errors import ComicMaintainerError
from comicmaintainer.library.journal import Change
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.items import catalogue_update
from comicmaintainer.operations.items.item_run import finish_interrupted_changes
from comicmaintainer.operations.names import parked

logger = logging.getLogger(__name__)


def recover_open_changes(
    context: OperationContext, *, is_running: Callable[[str, int], bool]
) -> int:
    """Finish all open changes of items that no worker runs; returns how many.

    `is_running(job_id, seq)` tells whether a worker holds the item. A file that stands aside is
    brought home by its job, as long as that goes on. What can't be finished now (a
    share that is not there) is logged and stays open for the next time.
    """
    finished = 0
    for changes in _open_items(context):
        first = changes[0]
        if first.job_id is not None and is_running(first.job_id, first.seq or 0):
            continue
        if any(parked.is_under_way(context, change) for change in changes):
            continue
        try:
            finish_interrupted_changes(context, _whole_item(context, changes))
            _follow(context, changes)
        except ComicMaintainerError as error:
            logger.warning("Change %d stays open: %s", first.change_id, error)
        else:
            finished += len(changes)
    if finished:
        logger.info("Finished %d changes that a crash had left open", finished)
    return finished


def restore_set_aside(context: OperationContext, *, is_running: Callable[[str, int], bool]) -> int:
    """Bring files home that stand aside although their job does not go on; returns how many.

    That is a job that was paused, cancelled or deleted at that moment.
    """
    return recover_open_changes(
        context,
        is_running=lambda job_id, seq: (
            is_running(job_id, seq)
            or not any(map(parked.aside_of, context.journal.changes_of_item(job_id, seq)))
        ),
    )


def _open_items(context: OperationContext) -> Iterator[list[Change]]:
    after_id = 0
    while page := context.journal.open_changes(after_id=after_id):
        after_id = page[-1].change_id
        page.sort(key=lambda change: (change.job_id or "", change.seq or 0, change.change_id))
        for _, changes in groupby(page, key=lambda change: (change.job_id, change.seq)):
            yield list(changes)


def _whole_item(context: OperationContext, changes: list[Change]) -> list[Change]:
    """With the item's confirmed changes: a later one tells where the file went."""
    first = changes[0]
    if first.job_id is None or first.seq is None:
        return changes
    return context.journal.changes_of_item(first.job_id, first.seq)


def _follow(context: OperationContext, changes: list[Change]) -> None:
    """Let the catalogue know of what turned out to be done."""
    for change in changes:
        now = context.journal.get(change.change_id)
        catalogue_update.after_recovery(context, now)
