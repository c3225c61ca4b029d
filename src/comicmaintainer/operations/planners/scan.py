"""Updates the catalogue in a job: one item is one watched folder, or one file."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from comicmaintainer.errors import FileMissing, OutsideLibrary
from comicmaintainer.jobs.model import ClaimedItem, ItemGuard, Outcome
from comicmaintainer.library.scan.library_scan import Listeners
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.items.item_run import ParamsRunner

CHECK_EVERY_S = 0.5


def scan_runner(context: OperationContext) -> ParamsRunner:
    """Return the runner of `scan` items."""
    return partial(_run, context)


def _run(
    context: OperationContext, claim: ClaimedItem, guard: ItemGuard, params: Mapping[str, Any]
) -> Outcome:
    """Scan the item: a watched folder, or a file in one.

    Raises:
        OutsideLibrary: it is in no watched folder.
        FileMissing: the folder does not exist.
        ItemInterrupted, DatabaseError.
    """
    path = Path(claim.item)
    root = context.roots.root_of(path)
    if root is None:
        raise OutsideLibrary(f"{path} lies outside the watched folders.")
    if path.is_file():
        if context.awaited is not None and context.catalogue.by_path(path) is None:
            context.awaited.add([str(path)])
        context.scan.scan_path(path)
        return Outcome(True, {"changes": [], "path": str(path), "unchanged": True})
    listeners = Listeners(checkpoint=_now_and_then(guard.check))
    if context.awaited is not None:
        listeners = dataclasses.replace(listeners, on_new=context.awaited.note_new)
    report = context.scan.scan_root(root, listeners, forget_missing=params["forget_missing"])
    if report.warning is not None and not root.is_dir():
        raise FileMissing(report.warning)
    scan = dataclasses.asdict(report)
    scan["unreadable"] = list(report.unreadable)
    scan["unstorable_names"] = list(report.unstorable_names)
    return Outcome(True, {"changes": [], "path": str(root), "unchanged": True, "scan": scan})


def _now_and_then(check: Callable[[], None]) -> Callable[[], None]:
    """Limit `check` to one call per `CHECK_EVERY_S`, because scans call it many times a second."""
    due = 0.0

    def checked() -> None:
        nonlocal due
        now = time.monotonic()
        if now >= due:
            due = now + CHECK_EVERY_S
            check()

    return checked
