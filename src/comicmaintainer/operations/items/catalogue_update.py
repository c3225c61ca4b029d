"""Updates the catalogue after an item: new paths, contents and state of its comic.

Files outside the watched folders have no row and are skipped. The update is made from the journal,
so that an item whose first attempt crashed gets the same result.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from comicmaintainer.errors import ArchiveError
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.library.catalogue.model import (
    DuplicateBy,
    FileFacts,
    FileMark,
    FileState,
    SeenFile,
)
from comicmaintainer.library.ignored import is_ignored
from comicmaintainer.library.journal import Change, ChangeState
from comicmaintainer.operations.changes.file_change import ChangeType
from comicmaintainer.operations.changes.journal_batch import CatalogueUpdate
from comicmaintainer.operations.changes.plan import Plan
from comicmaintainer.operations.changes.steps import identity_left
from comicmaintainer.operations.comic import read_comic
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.facts import facts_of

LEAVING = frozenset({ChangeType.TRASH})
"""Types of change after which the file is no longer part of the library."""
COPYING = frozenset({ChangeType.CONVERT})
"""Types of change that make another file beside the original."""


def after_item(context: OperationContext, plan: Plan, done: Sequence[Change], path: Path) -> None:
    """Update the rows after the changes `done`; the item's file is at `path` now.

    The common updates go through the journal batch; the rare ones are written at once.
    """
    if not done and _is_up_to_date(plan):
        return
    gone = [one.path_before for one in done if one.kind in LEAVING]
    moves = [
        (one.intent.get("aside", one.path_before), one.path_now)
        for one in done
        if one.path_after is not None
        and _is_row_behind(one.path_before, one.path_after)
        and (one.kind not in COPYING or one.path_before in gone)
        and one.kind not in LEAVING
    ]
    is_over = bool(done) and all(one.kind in LEAVING for one in done)
    is_ours = not is_over and context.roots.root_of(path) is not None
    seen = _seen(context, path, _contents(plan, done, path)) if is_ours else None
    if seen is not None:
        seen = _with_known_fingerprint(seen, plan)
    if moves or seen is not None:
        mark = plan.mark or (_mark_of(done[-1]) if done else None)
        context.journal_batch.update(CatalogueUpdate(tuple(moves), seen, mark))
    if gone:
        context.journal_batch.flush()
        context.catalogue.remove(one for one in gone if one != str(path))


def _mark_of(change: Change) -> FileMark | None:
    """Return the mark that a change has set, or None."""
    intent = change.intent
    if "of" in intent:
        by = intent.get("by")
        return FileMark(
            FileState.DUPLICATE,
            duplicate_of=intent["of"],
            duplicate_by=None if by is None else DuplicateBy(by),
        )
    if "with" in intent:
        return FileMark(FileState.CONFLICT, intent["reason"], conflict_with=intent["with"])
    return None


def _with_known_fingerprint(seen: SeenFile, plan: Plan) -> SeenFile:
    """Keep the fingerprint of a verification if only the path has changed."""
    known, facts = plan.known, seen.facts
    if known is None or facts is None or facts.fingerprint is not None:
        return seen
    if (known.size_bytes, known.mtime_ns) != (seen.size_bytes, seen.mtime_ns):
        return seen
    return replace(seen, facts=replace(facts, fingerprint=known.fingerprint))


def _contents(plan: Plan, done: Sequence[Change], path: Path) -> FileFacts | None:
    """Return the contents that the plan expects, if nobody else has written to the file."""
    expected = last_identity(done) or plan.identity
    return plan.contents if FileIdentity.of(path) == expected else None


def last_identity(done: Sequence[Change]) -> FileIdentity | None:
    """Return the file's identity after the last change that touched it, or None."""
    identities = (identity_left(change) for change in reversed(done))
    return next((identity for identity in identities if identity is not None), None)


def path_after(done: Sequence[Change], path: Path) -> Path:
    """Return where the comic of `path` is after `done`: in the trash only if nothing stays."""
    staying = [one for one in done if one.kind not in LEAVING] or done
    return Path(staying[-1].path_now) if staying else path


def after_recovery(context: OperationContext, change: Change) -> None:
    """Update the row for an interrupted change that turned out to be done."""
    if change.state is not ChangeState.APPLIED or change.is_beside:
        return
    before, after = Path(change.path_before), Path(change.path_now)
    if change.kind in LEAVING:
        context.catalogue.remove([before])
        return
    if _is_row_behind(change.path_before, change.path_now):
        context.catalogue.move(before, after)
    if os.path.lexists(after):
        record(context, after)


def after_undo(context: OperationContext, change: Change, path: Path) -> None:
    """Restore the row to its state before `change`; the file is back at `path`.

    The update goes through the journal batch, or is written at once if it is a rare one. What the
    job has found out about the file is taken back as well. A file that is no comic has no row.
    """
    if change.is_beside:
        return
    after = Path(change.path_now)
    if _is_hidden(context, path):  # back into the trash
        context.journal_batch.flush()
        context.catalogue.remove([after])
        return
    moved = (change.path_now, str(path))
    moves = (moved,) if _is_row_behind(*moved) else ()
    seen, mark = None, None
    if os.path.lexists(path) and context.roots.root_of(path) is not None:
        seen = _seen(context, path, None)
        before = change.intent.get("state_before")
        mark = None if before is None else _still_true(FileMark.from_json(before))
    if moves or seen is not None:
        context.journal_batch.update(CatalogueUpdate(moves, seen, mark))
    if change.job_id is not None:
        context.matches.forget_made(str(path), change.job_id)


def _still_true(mark: FileMark) -> FileMark:
    """Return the mark to restore: none if the other file has gone since it was set."""
    other = mark.conflict_with or mark.duplicate_of
    if other is None or os.path.lexists(other):
        return mark
    return FileMark(FileState.UNPROCESSED)


def record(
    context: OperationContext,
    path: Path,
    state: FileState | None = None,
    *,
    fingerprint: bytes | None = None,
) -> None:
    """Read the file at `path` into the catalogue, if it is in a watched folder.

    `fingerprint` is that of its pages, if the file itself has no checksums.
    """
    if context.roots.root_of(path) is not None:
        seen = _seen(context, path, None)
        if fingerprint is not None and seen.facts is not None:
            seen = replace(seen, facts=replace(seen.facts, fingerprint=fingerprint))
        context.catalogue.upsert([seen], state=state)


def _seen(context: OperationContext, path: Path, facts: FileFacts | None) -> SeenFile:
    identity = FileIdentity.of(path)
    if facts is None:
        try:
            facts = facts_of(read_comic(context.comics, path), context.roots, context.rules)
        except ArchiveError as error:
            facts = FileFacts(reason=error.beside(path))
    return SeenFile.of(str(path), identity, facts)


def _is_row_behind(before: str, after: str) -> bool:
    """Tell whether the row at `before` is still that of the moved file, not of another one."""
    if before == after:
        return False
    return not os.path.lexists(before) or (os.path.lexists(after) and Path(before).samefile(after))


def _is_hidden(context: OperationContext, path: Path) -> bool:
    root = context.roots.root_of(path)
    return root is not None and any(map(is_ignored, path.relative_to(root).parts))


def _is_up_to_date(plan: Plan) -> bool:
    """Tell whether the row already has what the plan would store."""
    known = plan.known
    if known is None or known.read_at is None:
        return False
    if (known.size_bytes, known.mtime_ns) != (plan.identity.size_bytes, plan.identity.mtime_ns):
        return False
    return plan.mark is None or replace(known.mark, reason=plan.mark.reason) == plan.mark
