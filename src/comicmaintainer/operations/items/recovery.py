"""Finishes interrupted changes when a worker starts.

Every change is journaled before a file is touched, so open rows show where to look. Items that
another worker is running are left to it. Items that wait for a retry also finish their own rows;
either may come first.
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
from comicmaintainer.operations.names import set_aside

logger = logging.getLogger(__name__)


def recover_open_changes(
    context: OperationContext, *, is_running: Callable[[str, int], bool]
) -> int:
    """Finish all open changes of items that no worker runs; return how many.

    `is_running(job_id, seq)` tells whether a worker holds the item. A file that was set aside is
    left to its job if that continues. A change that can't be finished now (a share is missing, say)
    is logged and stays open for the next time.
    """
    finished = 0
    for changes in _open_items(context):
        first = changes[0]
        if first.job_id is not None and is_running(first.job_id, first.seq or 0):
            continue
        if any(set_aside.is_left_to_its_job(context, change) for change in changes):
            continue
        try:
            finish_interrupted_changes(context, _whole_item(context, changes))
            _update_catalogue(context, changes)
        except ComicMaintainerError as error:
            logger.warning("Change %d stays open: %s", first.change_id, error)
        else:
            finished += len(changes)
    if finished:
        logger.info("Finished %d interrupted changes", finished)
    return finished


def restore_set_aside(context: OperationContext, *, is_running: Callable[[str, int], bool]) -> int:
    """Rename files that are still set aside although their job has stopped; return how many.

    Their job was paused, cancelled or deleted at that moment.
    """
    return recover_open_changes(
        context,
        is_running=lambda job_id, seq: (
            is_running(job_id, seq)
            or not any(map(set_aside.aside_path, context.journal.changes_of_item(job_id, seq)))
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
    """Return all changes of the item: later confirmed ones show where the file went."""
    first = changes[0]
    if first.job_id is None or first.seq is None:
        return changes
    return context.journal.changes_of_item(first.job_id, first.seq)


def _update_catalogue(context: OperationContext, changes: list[Change]) -> None:
    """Update the catalogue with the changes that turned out to be done."""
    for change in changes:
        now = context.journal.get(change.change_id)
        catalogue_update.after_recovery(context, now)
