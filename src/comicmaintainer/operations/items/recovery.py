"""Finishes open changes that no item of a job may come to finish.

Every change is journaled before a file is touched, so rows that are still `planned` show where to
look. The main worker finishes them when it starts (`finish_unheld`), and every minute those of
items that will not run again (`finish_stopped`), as the worker of a command does when it ends.
Items that a worker holds are left to it, so the items of dead workers must be rescued first. An
item that is tried again finishes its own rows; either may come first.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from functools import partial
from itertools import groupby
from pathlib import Path

from comicmaintainer.errors import ComicMaintainerError
from comicmaintainer.library.journal import Change
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.items import catalogue_update
from comicmaintainer.operations.items.open_changes import finish_open_changes, settle_given_up
from comicmaintainer.operations.names import set_aside

logger = logging.getLogger(__name__)


class Recovery:
    """Finishes the open changes of items that no worker holds.

    A change that can't be finished now (a share is missing, say) stays open for the next time. The
    reason is logged once. A change of a file for which `is_here` is false is left to other hosts.
    """

    def __init__(
        self, context: OperationContext, *, is_here: Callable[[Path], bool] = lambda _path: True
    ) -> None:
        self._context = context
        self._is_here = is_here
        self._logged: dict[int, str] = {}

    def finish_unheld(self) -> int:
        """Finish the changes of all items that no worker holds; return how many.

        A file that was set aside is left to its job if that continues.
        """
        return self._finish(
            lambda changes: any(
                set_aside.is_left_to_its_job(self._context, change) for change in changes
            )
        )

    def finish_stopped(self) -> int:
        """Finish the changes of items that will not be tried again; return how many.

        They have their result, or their job was paused, cancelled or deleted.
        """
        return self._finish(
            lambda changes: any(
                change.job_id is not None
                and self._context.peers.is_going_on(change.job_id, change.seq or 0)
                for change in changes
            )
        )

    def _finish(self, is_left: Callable[[list[Change]], bool]) -> int:
        self._end_dead_holds()
        finished = 0
        open_because: dict[int, str] = {}
        for changes in self._open_items():
            first = changes[0]
            if self._is_held(first) or is_left(changes) or not self._are_here(changes):
                continue
            try:
                finish_open_changes(self._context, self._whole_item(changes))
                self._update_catalogue(changes)
            except ComicMaintainerError as error:
                reason = open_because[first.change_id] = str(error)
                if self._logged.get(first.change_id) != reason:
                    logger.warning("Change %d stays open: %s", first.change_id, reason)
            else:
                finished += len(changes)
        self._logged = open_because
        if finished:
            logger.info("Finished %d interrupted changes", finished)
        return finished

    def _end_dead_holds(self) -> None:
        """End the holds of dead processes of this host; note what they did too late."""
        try:
            self._context.holds.end_dead(partial(settle_given_up, self._context))
        except ComicMaintainerError as error:
            logger.warning("Files stay held: %s", error)

    def _open_items(self) -> Iterator[list[Change]]:
        after_id = 0
        while page := self._context.journal.open_changes(after_id=after_id):
            after_id = page[-1].change_id
            page.sort(key=lambda change: (change.job_id or "", change.seq or 0, change.change_id))
            for _, changes in groupby(page, key=lambda change: (change.job_id, change.seq)):
                yield list(changes)

    def _are_here(self, changes: list[Change]) -> bool:
        return all(
            self._is_here(Path(path))
            for change in changes
            for path in {change.path_before, change.path_now}
        )

    def _is_held(self, change: Change) -> bool:
        if change.job_id is None:
            return False
        return self._context.items.is_running(change.job_id, change.seq or 0)

    def _whole_item(self, changes: list[Change]) -> list[Change]:
        """Return all changes of the item: later confirmed ones show where the file went."""
        first = changes[0]
        if first.job_id is None or first.seq is None:
            return changes
        return self._context.journal.changes_of_item(first.job_id, first.seq)

    def _update_catalogue(self, changes: list[Change]) -> None:
        """Update the catalogue with the changes that turned out to be done."""
        for change in changes:
            now = self._context.journal.get(change.change_id)
            catalogue_update.after_recovery(self._context, now)
