"""The XML file beside a comic, as the kind `sidecar` writes it, goes along when the comic moves.

It is one more change of the item, of a file beside the comic, so that previews show it and undo
brings it back. Where a file has the name that it would get, it stays, and the result says so.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from comicmaintainer.filesystem.regular_files import open_regular
from comicmaintainer.library.ignored import COMIC_SUFFIXES
from comicmaintainer.library.job_changes import of_comic
from comicmaintainer.library.journal import Change
from comicmaintainer.operations.changes.file_change import ChangeType, sidecar_rename_change
from comicmaintainer.operations.changes.moves import is_alias
from comicmaintainer.operations.changes.plan import Plan

WHY = "sidecar"
MOVING = frozenset({ChangeType.RENAME, ChangeType.FILE})
_STAYING = frozenset({ChangeType.TRASH, ChangeType.DUPLICATE, ChangeType.CONVERT})
_HEAD_BYTES = 4096
_ROOT = re.compile(rb"<(?:\w+:)?(?:ComicInfo|MetronInfo)\b")


def with_sidecar(plan: Plan, done: Sequence[Change] = ()) -> Plan:
    """Return a plan with the change of the XML file beside its comic, if the comic moves.

    `done` are the changes of earlier attempts: a comic may have its new name already.
    """
    if any(change.kind == ChangeType.SIDECAR_RENAME for change in done):
        return plan
    moves = [change for change in of_comic(done) if change.kind in MOVING]
    types = {change.type for change in plan.changes}
    if types & _STAYING or not (moves or types & MOVING):
        return plan
    old = Path(moves[0].path_before) if moves else plan.path
    new = plan.path_after
    source, target = old.with_suffix(".xml"), new.with_suffix(".xml")
    if source == target or not _is_sidecar(source) or _has_twin(old, new):
        return plan
    if os.path.lexists(target) and not is_alias(source, target) and not _goes_away(plan, new):
        reason = f"{source} stays where it is: {target} exists"
        return replace(plan, why={**plan.why, WHY: reason})
    change = sidecar_rename_change(source, target, old)
    return replace(plan, beside=(*plan.beside, change))


def _is_sidecar(path: Path) -> bool:
    """Tell whether a file has the tags of a comic, in one of the formats that are written."""
    with suppress(OSError):
        if not stat.S_ISREG(path.lstat().st_mode):
            return False
        with os.fdopen(open_regular(path), "rb") as file:
            return _ROOT.search(file.read(_HEAD_BYTES)) is not None
    return False


def _has_twin(old: Path, new: Path) -> bool:
    """Tell whether another comic has the name before its suffix, and so the XML file as well."""
    others = {old.with_suffix(suffix) for suffix in COMIC_SUFFIXES} - {old, new}
    return any(os.path.lexists(other) for other in others)


def _goes_away(plan: Plan, new: Path) -> bool:
    """Tell whether another comic still has the new name: it goes first, with its XML file."""
    return os.path.lexists(new) and not is_alias(plan.path, new) and plan.path != new
