"""The steps by which changes touch the disk: edit an archive, move, file, make or only mark a file,
or write one that lies beside comics.

A step is stored as its *intent* before a file is touched and confirmed with its *receipt* after.
`finish_interrupted_step` finds out after a crash how far a stored intent got; `undo_change` undoes
a confirmed one. Both read only the journal, so they work long after the job is gone.

    intent  {"action": "edit", "edit": Edit}
            {"action": "move", "identity": FileIdentity, "kept": path of the copy that must stay}
            {"action": "create", "token": text, "keeps_pages": whether none is re-encoded,
             "source": FileIdentity}
            {"action": "write", Writing}
            {"action": "file", Filing}
            {"action": "mark"}
    receipt {"receipt": Receipt} | {FileSnapshot, "made": [folders]}
            | {FileSnapshot, "pages": fingerprint} | {}

Each intent also has what the update of the catalogue needs: `of` and `by` (the original of a
duplicate, and how it was found), `with` and `reason` (the other comic of a conflict),
`state_before` (a FileMark).
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from comicmaintainer.comics.archives.edits.edit import Edit, Receipt
from comicmaintainer.comics.archives.edits.editing import (
    apply_edit,
    finish_interrupted_edit,
    undo_edit,
)
from comicmaintainer.errors import (
    ComicMaintainerError,
    FileBusy,
    FileChanged,
    FileMissing,
    UndoRefused,
)
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.filesystem.os_errors import storage_errors
from comicmaintainer.filesystem.shared_steps import Alone, GuardCheck, run_alone
from comicmaintainer.filesystem.temporaries import new_token, temporary_name
from comicmaintainer.library.journal import Change, ChangeState, PlannedChange
from comicmaintainer.library.kept_parts import KeptParts
from comicmaintainer.operations.changes import (
    conversion_proof,
    filing,
    kept_copy,
    moves,
    written_file,
)
from comicmaintainer.operations.changes.file_snapshot import FileSnapshot
from comicmaintainer.operations.changes.filing import Filing
from comicmaintainer.operations.changes.holds import Holds
from comicmaintainer.operations.changes.written_file import Writing
from comicmaintainer.reading.comic_reader import ComicReader

logger = logging.getLogger(__name__)

Guard = Callable[[], None]


@dataclass(frozen=True, slots=True)
class StepTools:
    """What steps need besides files; `change` is the row they carry out, None after a crash."""

    kept_parts: KeptParts
    holds: Holds
    change: Change | None = None


class Action(StrEnum):
    """How a step touches the disk."""

    EDIT = "edit"
    MOVE = "move"
    CREATE = "create"
    WRITE = "write"
    FILE = "file"
    MARK = "mark"


@dataclass(frozen=True, slots=True)
class EditStep:
    """Change members of the archive."""

    edit: Edit

    def intent(self, source: Path) -> dict[str, Any]:
        del source
        return {"action": Action.EDIT, "edit": self.edit.to_json()}

    async def apply(
        self, source: Path, target: Path, *, guard: Guard, tools: StepTools
    ) -> dict[str, Any]:
        del source, target
        keep = tools.kept_parts.folders_for(self.edit.path)
        receipt = await apply_edit(self.edit, guard=guard, keep=keep)
        return {"receipt": receipt.to_json()}


@dataclass(frozen=True, slots=True)
class MoveStep:
    """Give the file another path.

    `kept` is the copy to keep, without which the file must stay where it is. `expected` is the file
    as it was read, None if an earlier step changes it.
    """

    kept: Path | None = None
    expected: FileIdentity | None = None

    def intent(self, source: Path) -> dict[str, Any]:
        identity = FileIdentity.of(source)
        kept = {} if self.kept is None else {"kept": str(self.kept)}
        return {"action": Action.MOVE, "identity": identity.to_json(), **kept}

    async def apply(
        self, source: Path, target: Path, *, guard: Guard, tools: StepTools
    ) -> dict[str, Any]:
        expected = self.expected or FileIdentity.of(source)
        kept = self.kept
        if kept is None:
            made = await moves.move_file(source, target, expected, guard=guard)
            return moves.receipt_of(target, made)

        def guarded() -> None:
            guard()
            kept_copy.require_kept(kept)

        with kept_copy.held(tools.holds, source, kept, tools.change):
            made = await moves.move_file(source, target, expected, guard=guarded)
            receipt = moves.receipt_of(target, made)
            # Nothing keeps a process from being stopped right before its last step, for so long
            # that its holds are worth nothing. So of two that remove each other's copy, the last
            # one puts its own back.
            if not kept_copy.is_kept(kept):
                await _put_back(source, target, receipt)
                raise FileBusy(f"{kept} went at the same moment; try again", path=source)
        return receipt


@dataclass(frozen=True, slots=True)
class CreateStep:
    """Make a new file with `write(guard)`, whole or not at all.

    With `keeps_pages` its pages are identical to those of the source.
    """

    token: str
    write: Callable[[Guard], object]
    keeps_pages: bool

    def intent(self, source: Path) -> dict[str, Any]:
        return {
            "action": Action.CREATE,
            "token": self.token,
            "keeps_pages": self.keeps_pages,
            conversion_proof.SOURCE: FileIdentity.of(source).to_json(),
        }

    async def apply(
        self, source: Path, target: Path, *, guard: Guard, tools: StepTools
    ) -> dict[str, Any]:
        del source, tools
        self.write(guard)
        return _receipt_of_made(target)


@dataclass(frozen=True, slots=True)
class WriteStep:
    """Write a small file that is no comic; `before` is its content, None if there is no file.

    Those who write the file of a folder take turns; one that belongs to a single comic, `of_comic`,
    is written by the items of that comic only.
    """

    before: bytes | None
    content: bytes
    token: str = field(default_factory=new_token)
    of_comic: Path | None = None

    def intent(self, source: Path) -> dict[str, Any]:
        return {"action": Action.WRITE, **self._writing(source).to_json()}

    async def apply(
        self, source: Path, target: Path, *, guard: Guard, tools: StepTools
    ) -> dict[str, Any]:
        del target
        with kept_copy.alone(tools.holds, self.of_comic or source.parent, tools.change):
            await written_file.write(source, self._writing(source), self.content, guard=guard)
        return {}

    def _writing(self, path: Path) -> Writing:
        return Writing.planned(path, self.before, self.content, self.token)


@dataclass(frozen=True, slots=True)
class FilingStep:
    """Copy the file to another disk, and move the original to `trash`, a place in its own trash.

    `device` is that of the target's folder when planned. `expected` is the file as it was read,
    None if an earlier step changes it.
    """

    trash: Path
    device: int
    expected: FileIdentity | None = None
    token: str = field(default_factory=new_token)

    def intent(self, source: Path) -> dict[str, Any]:
        return {"action": Action.FILE, **self._filing(FileIdentity.of(source)).to_json()}

    async def apply(
        self, source: Path, target: Path, *, guard: Guard, tools: StepTools
    ) -> dict[str, Any]:
        del tools
        planned = self._filing(self.expected or FileIdentity.of(source))
        made = filing.file_away(source, target, planned, guard=guard)
        return moves.receipt_of(target, made)

    def _filing(self, identity: FileIdentity) -> Filing:
        return Filing(identity, self.trash, self.token, self.device)


@dataclass(frozen=True, slots=True)
class MarkStep:
    """Change only the catalogue, which is written at the item's end."""

    def intent(self, source: Path) -> dict[str, Any]:
        del source
        return {"action": Action.MARK}

    async def apply(
        self, source: Path, target: Path, *, guard: Guard, tools: StepTools
    ) -> dict[str, Any]:
        del source, target, tools
        await GuardCheck(guard)
        return {}


Step = EditStep | MoveStep | CreateStep | WriteStep | FilingStep | MarkStep


def identity_left(change: Change) -> FileIdentity | None:
    """Return the file's identity after a change, from its receipt; None if it touched no file."""
    receipt = change.receipt
    if "identity" in receipt:
        return FileIdentity.from_json(receipt["identity"], is_foreign=change.is_foreign)
    if "receipt" in receipt:
        after = receipt["receipt"]["after"]
        return FileIdentity.from_json(after, is_foreign=change.is_foreign)
    return None


def written_paths(change: PlannedChange) -> tuple[Path, ...]:
    """Return the paths that a change, or its undo, touches on disk; a mark touches none."""
    if change.intent.get("action") == Action.MARK:
        return ()
    return tuple(map(Path, dict.fromkeys((change.path_before, change.path_now))))


def device_of(change: Change) -> int | None:
    """Return the device where the change's file was last seen, None if not recorded here."""
    intent = change.intent
    if change.is_foreign:
        return None
    if "device" in intent:
        device: int = intent["device"]
        return device
    left = identity_left(change)
    if left is None and "identity" in intent:
        left = FileIdentity.from_json(intent["identity"])
    if left is None and "edit" in intent:
        left = FileIdentity.from_json(intent["edit"]["before"])
    return None if left is None else left.dev


def finish_interrupted_step(
    comics: ComicReader, change: Change, at: Path, *, tools: StepTools, edits: Sequence[Edit] = ()
) -> dict[str, Any] | None:
    """Return the receipt of an intent that was carried out, None if the file is as before.

    `at` is the current path of the file that was at `change.path_before` when it was planned.
    `edits` were planned for the file together with it.

    Raises:
        FileChanged, FileMissing: it can't be known, because someone else changed the file.
        FileBusy, StorageError: it can't be done now.
    """
    intent = change.intent
    match _action(change, FileChanged):
        case Action.EDIT:
            receipt = finish_interrupted_edit(
                replace(Edit.from_json(intent["edit"]), path=at),
                keep=tools.kept_parts.folders_for(at),
                may_cut=not change.is_foreign,
            )
            return None if receipt is None else {"receipt": receipt.to_json()}
        case Action.MOVE:
            target = Path(change.path_now)
            identity = FileIdentity.from_json(intent["identity"], is_foreign=change.is_foreign)
            if change.is_foreign:
                identity = _as_edited(identity, target, edits)
            if "kept" in intent:
                kept_copy.require_at_rest(tools.holds, at, change)
                _finish_interrupted_return(at, target, identity, tools.holds)
            if not moves.finish_interrupted_move(at, target, identity):
                return None
            moved = moves.receipt_of(target, [])
            if "kept" in intent and not kept_copy.is_kept(Path(intent["kept"])):
                run_alone(_put_back(at, target, moved))
                return None
            return moved
        case Action.CREATE:
            return _finish_interrupted_create(comics, at, Path(change.path_now), intent)
        case Action.WRITE:
            is_written = written_file.finish_interrupted_write(at, Writing.from_json(intent))
            return {} if is_written else None
        case Action.FILE:
            filed_to = Path(change.path_now)
            planned = Filing.from_json(intent, is_foreign=change.is_foreign)
            is_filed = filing.finish_interrupted_filing(at, filed_to, planned)
            return moves.receipt_of(filed_to, []) if is_filed else None
        case Action.MARK:
            return None  # not set yet: the catalogue is written after the confirmation


def _action(change: Change, error: type[ComicMaintainerError]) -> Action:
    """Return the action of a stored change; raise `error` if it can't be read."""
    action = change.intent.get("action")
    if action not in set(Action):
        raise error(
            f"entry {change.change_id} of the journal can't be read (another version wrote it, or "
            "someone changed it)",
            path=change.path_before,
        )
    return Action(action)


async def undo_change(change: Change, *, guard: Guard, trash: Callable[[Path], Path]) -> Path:
    """Undo a confirmed change; return where the file is then. May run repeatedly.

    `trash` returns the place in the trash for a file that the change made: nothing is deleted.

    Raises:
        UndoRefused: someone else has changed the file since, or what undo needs is gone.
        FileBusy, StorageError, and whatever `guard` raises.
    """
    source, target = Path(change.path_before), Path(change.path_now)
    receipt = change.receipt
    try:
        match _action(change, UndoRefused):
            case Action.EDIT:
                edit = Receipt.from_json(receipt["receipt"]).at(target)
                if edit.kept is not None:
                    await Alone()
                await undo_edit(edit, guard=guard)
            case Action.MOVE:
                if "of" in change.intent:
                    await Alone()  # duplicates may be on another filesystem
                made = [Path(folder) for folder in receipt.get("made", ())]
                left = FileSnapshot.from_json(receipt, is_foreign=change.is_foreign)
                await moves.undo_move(source, target, left, made, guard=guard)
            case Action.CREATE:
                await Alone()
                left = FileSnapshot.from_json(receipt, is_foreign=change.is_foreign)
                await _withdraw(source, target, left, trash(target), guard)
            case Action.WRITE:
                await Alone()
                await written_file.take_back(target, Writing.from_json(change.intent), guard=guard)
            case Action.FILE:
                await Alone()
                filing.undo_filing(
                    source,
                    target,
                    Filing.from_json(change.intent, is_foreign=change.is_foreign),
                    FileSnapshot.from_json(receipt, is_foreign=change.is_foreign),
                    [Path(folder) for folder in receipt.get("made", ())],
                    guard=guard,
                )
            case Action.MARK:
                await GuardCheck(guard)
    except FileMissing as error:
        raise UndoRefused("the file does not exist any more", path=target) from error
    return source


def _as_edited(planned: FileIdentity, target: Path, edits: Sequence[Edit]) -> FileIdentity:
    """Return the identity of the file at `target` if it is the planned one with one of `edits`.

    An edit changes size and time, by which the file of another host is recognised.
    """
    if os.path.lexists(target) and any(edit.is_made_at(target) for edit in edits):
        return replace(FileIdentity.of(target), is_foreign=True)
    return planned


def finish_given_up_move(change: Change) -> dict[str, Any] | None:
    """Return the receipt of a move of a copy that was made after it was given up, else None.

    For a process that was stopped right before the move, considered dead, and went on and died. If
    the kept copy has gone meanwhile, the file is put back, and there is no receipt.

    Raises:
        TargetExists, StorageError.
    """
    source, target = Path(change.path_before), Path(change.path_now)
    kept = change.intent.get("kept")
    if change.state is not ChangeState.ABANDONED or kept is None:
        return None
    if os.path.lexists(source) or not os.path.lexists(target):
        return None
    identity = FileIdentity.from_json(change.intent["identity"], is_foreign=change.is_foreign)
    if not FileIdentity.of(target).looks_like(identity):
        return None  # another file has the name
    receipt = moves.receipt_of(target, [])
    if kept_copy.is_kept(Path(kept)):
        return receipt
    logger.warning("%s is put back: the copy to keep, %s, has gone", source, kept)
    run_alone(_put_back(source, target, receipt))
    return None


async def _put_back(source: Path, target: Path, receipt: Mapping[str, Any]) -> None:
    """Move a copy back that was just moved; nobody can object, so no guard is asked."""
    made = [Path(folder) for folder in receipt["made"]]
    left = FileSnapshot.from_json(receipt)
    await moves.undo_move(source, target, left, made, guard=lambda: None)


def _finish_interrupted_return(
    source: Path, target: Path, identity: FileIdentity, holds: Holds
) -> None:
    """Revert the half-done move of a copy, because the kept copy may have gone since."""
    if not (os.path.lexists(source) and os.path.lexists(target)):
        return
    try:
        with kept_copy.alone(holds, source):
            moves.drop_copy(source, target, identity)
    except FileMissing:
        return  # moved by the worker that was considered dead


def _finish_interrupted_create(
    comics: ComicReader, source: Path, target: Path, intent: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Return the receipt of a new file if it was published; remove its temporary file."""
    temporary = target.with_name(temporary_name(target.name, intent["token"]))
    if os.path.lexists(temporary):
        with storage_errors(temporary):
            temporary.unlink(missing_ok=True)
    # Someone else may have put another file there meanwhile.
    keeps_pages = bool(intent.get("keeps_pages"))
    if not os.path.lexists(target):
        return None
    if not conversion_proof.is_conversion_of(comics, source, target, keeps_pages=keeps_pages):
        return None
    return _receipt_of_made(target)


def _receipt_of_made(target: Path) -> dict[str, Any]:
    return {**FileSnapshot.of(target).to_json(), **conversion_proof.proof_of(target)}


async def _withdraw(
    source: Path, target: Path, made: FileSnapshot, place: Path, guard: Guard
) -> None:
    """Move a file that was made from `source` to the trash, if `source` still exists."""
    is_original_there = os.path.lexists(source)
    if not os.path.lexists(target):
        if is_original_there:
            return  # done by an earlier attempt
        raise UndoRefused(
            f"neither it nor {source}, which it was made from, exists any more", path=target
        )
    if not is_original_there:
        raise UndoRefused(
            f"it was not deleted, because {source}, which it was made from, does not exist. "
            "Restore that first",
            path=target,
        )
    if not made.is_at(target):
        raise UndoRefused("it was changed since it was made", path=target)
    await moves.move_file(target, place, FileIdentity.of(target), guard=guard)
