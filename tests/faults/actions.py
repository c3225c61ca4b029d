"""The actions that the fault sweeps interrupt, each as three steps over one folder.

    python actions.py ACTION FOLDER

`prepare` makes the comic and stores the intent, as the journal does. `perform`, which the command
runs, carries it out and is what gets killed. `recover` is what a restarted worker does; it tells
`old` or `new`, and undoes what was done, so that the old bytes must be back after it.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import random
import shutil
import sys
import tarfile
import time
import zipfile
from pathlib import Path
from typing import Any, TypeVar

from comicmaintainer.comics.archives.edits.cbz_writer import write_cbz
from comicmaintainer.comics.archives.edits.edit import Edit, Receipt
from comicmaintainer.comics.archives.edits.editing import (
    apply_edit,
    finish_interrupted_edit,
    undo_edit,
)
from comicmaintainer.comics.archives.edits.planning import plan_compact, plan_edit
from comicmaintainer.comics.archives.libarchive_reader import LibarchiveReader
from comicmaintainer.comics.archives.model import ArchiveFormat, Limits
from comicmaintainer.errors import ComicMaintainerError
from comicmaintainer.filesystem.folders import make_folder
from comicmaintainer.filesystem.identity import FileIdentity, device_above
from comicmaintainer.filesystem.renames import finish_interrupted_rename, move, rename_noreplace
from comicmaintainer.filesystem.shared_steps import Steps, run_alone, run_together
from comicmaintainer.filesystem.temporaries import new_token, sweep_temporaries
from comicmaintainer.operations.changes.file_snapshot import FileSnapshot
from comicmaintainer.operations.changes.filing import (
    Filing,
    file_away,
    finish_interrupted_filing,
    undo_filing,
)
from comicmaintainer.operations.changes.moves import move_file, receipt_of, undo_move
from comicmaintainer.operations.changes.written_file import (
    Writing,
    finish_interrupted_write,
    take_back,
    write,
)
from comicmaintainer.settings import TagWrite

T = TypeVar("T")

ACTIONS = (
    "append", "replace", "compact", "undo-append", "undo-replace", "rename", "delete", "move",
    "convert", "group", "undo-group", "beside", "beside-change", "undo-beside",
    "undo-beside-change", "file", "undo-file",
)  # fmt: skip
END = "/fault-sweep-end"
GROUPS = ("group", "undo-group")
BESIDE = ("beside", "beside-change", "undo-beside", "undo-beside-change")
FILING = ("file", "undo-file")
REFUSED = 3  # the exit code for an error of our own tree

OLD_XML = b"<ComicInfo><Series>Old</Series></ComicInfo>"
OLD_JSON = b'{"metadata": {"name": "Old"}}\n'
NEW_JSON = b'{"metadata": {"name": "New", "cid": 7}}'
NEW_XML = b"<ComicInfo><Series>New</Series><Number>7</Number></ComicInfo>"


class Scene:
    """Where things lie in a sweep's folder."""

    def __init__(self, folder: Path) -> None:
        self.library = folder / "library"
        self.keep = self.library / ".comicmaintainer" / "keep"
        self.intent = folder / "intent.json"
        self.facts = folder / "facts.json"
        self.comic = self.library / "comic.cbz"
        self.tar = self.library / "comic.cbt"
        self.beside = self.library / "series.json"
        self.renamed = self.library / "Renamed Comic.cbz"
        self.trashed = self.library / ".comicmaintainer" / "trash" / "comic.cbz"
        self.elsewhere = folder / "elsewhere" / "comic.cbz"
        self.filed = folder / "elsewhere" / "Series" / "comic.cbz"

        self.group = [
            (self.library / f"comic {n}.cbz", self.library / f"Renamed {n}.cbz") for n in (1, 2, 3)
        ]

    def subjects(self, action: str) -> list[Path]:
        """The files whose old bytes must be back in the end."""
        if action in GROUPS:
            return [comic for comic, _ in self.group]
        if action in BESIDE:
            return [self.beside, self.comic]
        return [self.tar if action == "convert" else self.comic]

    def places(self, action: str) -> list[tuple[Path, ...]]:
        """For each comic the places where it may be."""
        if action in GROUPS:
            return list(self.group)
        if action in FILING:
            # In the trash alone it would be lost from the library.
            return [(self.comic, self.filed)]
        return [(self.comic, self.renamed, self.trashed, self.elsewhere)]

    def target(self, action: str) -> Path:
        return {"rename": self.renamed, "delete": self.trashed, "move": self.elsewhere}[action]


def prepare(action: str, scene: Scene) -> None:
    scene.library.mkdir(parents=True, exist_ok=True)
    group = [path for pair in scene.group for path in pair]
    group += [scene.beside, scene.filed]
    for path in (scene.comic, scene.tar, scene.renamed, scene.trashed, scene.elsewhere, *group):
        path.unlink(missing_ok=True)
    for folder in (scene.keep.parent, scene.filed.parent):  # that of keep has the trash too
        shutil.rmtree(folder, ignore_errors=True)
    scene.elsewhere.parent.mkdir(exist_ok=True)
    pages = {f"page-{n}.jpg": random.Random(n).randbytes(9_000 * n) for n in range(1, 5)}
    with zipfile.ZipFile(scene.comic, "w") as archive:
        for name, content in {**pages, "ComicInfo.xml": OLD_XML}.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    if action == "convert":
        _make_tar(scene, pages)
    if action in GROUPS:
        for comic, _ in scene.group:
            shutil.copyfile(scene.comic, comic)
        scene.comic.unlink()
    if action == "compact":
        run_alone(
            apply_edit(_plan(scene, TagWrite.APPEND, OLD_XML * 2), guard=_free, keep=(scene.keep,))
        )
    if action.endswith("beside-change"):
        scene.beside.write_bytes(OLD_JSON)
    subject = scene.subjects(action)[-1]
    facts: dict[str, object] = {"old": {str(path): sha256(path) for path in scene.subjects(action)}}
    intent = {"identity": FileIdentity.of(subject).to_json(), **_stored(action, scene)}
    scene.intent.write_text(json.dumps(intent))
    facts["pages"] = {name: hashlib.sha256(content).hexdigest() for name, content in pages.items()}
    scene.facts.write_text(json.dumps(facts))
    os.sync()


def _stored(action: str, scene: Scene) -> dict[str, Any]:
    """What the journal has of the action; what an undo takes back is done here."""
    if action in ("append", "replace"):
        return {"edit": _plan(scene, TagWrite(action), NEW_XML).to_json()}
    if action == "compact":
        return {"edit": plan_compact(scene.comic).to_json()}
    if action in GROUPS:
        edits = [
            plan_edit(comic, {"ComicInfo.xml": NEW_XML}, policy=TagWrite.APPEND).to_json()
            for comic, _ in scene.group
        ]
        return {"group": edits if action == "group" else _tag_and_rename(scene, edits)}
    if action in BESIDE:
        before = OLD_JSON if action.endswith("change") else None
        writing = Writing.planned(scene.beside, before, NEW_JSON, new_token())
        if action.startswith("undo-"):
            _write(scene, writing)
        return {"writing": writing.to_json()}
    if action in FILING:
        filing = Filing(
            FileIdentity.of(scene.comic),
            scene.trashed,
            new_token(),
            device_above(scene.filed),
        )
        left = None
        if action == "undo-file":
            file_away(scene.comic, scene.filed, filing, guard=_free)
            left = FileSnapshot.of(scene.filed).to_json()
        return {"filing": filing.to_json(), "left": left}
    if action.startswith("undo-"):
        edit = _plan(scene, TagWrite(action.removeprefix("undo-")), NEW_XML)
        receipt = run_alone(apply_edit(edit, guard=_free, keep=(scene.keep,)))
        return {"receipt": receipt.to_json()}
    return {}


def perform(action: str, scene: Scene) -> None:
    intent = json.loads(scene.intent.read_text())
    # A tracer is attached here, so that it counts the action's own calls and no import's.
    print("ready", flush=True)
    sys.stdin.readline()
    if "edit" in intent:
        run_alone(apply_edit(Edit.from_json(intent["edit"]), guard=_free, keep=(scene.keep,)))
    elif "receipt" in intent:
        run_alone(undo_edit(Receipt.from_json(intent["receipt"]), guard=_free))
    elif action in BESIDE:
        writing = Writing.from_json(intent["writing"])
        if action.startswith("undo-"):
            run_alone(take_back(scene.beside, writing, guard=_free))
        else:
            _write(scene, writing)
    elif action == "file":
        file_away(scene.comic, scene.filed, Filing.from_json(intent["filing"]), guard=_free)
    elif action == "undo-file":
        _undo_filing(scene, intent)
    elif action == "convert":
        _convert(scene)
    elif action == "group":
        _tag_and_rename(scene, intent["group"])
    elif action == "undo-group":
        _together(
            [_undo_in_group(*each) for each in zip(scene.group, intent["group"], strict=True)]
        )
    elif action == "rename":
        rename_noreplace(scene.comic, scene.target(action))
    else:
        make_folder(scene.target(action).parent)
        move(scene.comic, scene.target(action))
    with contextlib.suppress(OSError):
        os.mkdir(f"{END}/none")  # shows in the trace where the action ends


def recover(action: str, scene: Scene) -> str:
    outcome = _recovered(action, scene, json.loads(scene.intent.read_text()))
    for folder in (scene.library, scene.elsewhere.parent):
        if folder.exists():
            sweep_temporaries(folder, now_at=time.time() + 1)
    return outcome


def _recovered(action: str, scene: Scene, intent: dict[str, Any]) -> str:
    outcome = "old"
    if "edit" in intent:
        receipt = finish_interrupted_edit(Edit.from_json(intent["edit"]), keep=(scene.keep,))
        if receipt is not None:
            run_alone(undo_edit(receipt, guard=_free))
            outcome = "new"
    elif "receipt" in intent:
        run_alone(undo_edit(Receipt.from_json(intent["receipt"]), guard=_free))
    elif action in BESIDE:
        outcome = _recover_beside(action, scene, Writing.from_json(intent["writing"]))
    elif action in FILING:
        outcome = _recover_filing(action, scene, intent)
    elif action == "convert":
        outcome = "new" if scene.comic.exists() else "old"
    elif action == "group":
        ends = [_recover_in_group(*pair) for pair in zip(scene.group, intent["group"], strict=True)]
        outcome = "old" if "old" in ends else "new"
    elif action == "undo-group":
        for pair, done in zip(scene.group, intent["group"], strict=True):
            run_alone(_undo_in_group(pair, done))
    else:
        outcome = _recover_move(scene.comic, scene.target(action), intent)
    return outcome


def _recover_beside(action: str, scene: Scene, writing: Writing) -> str:
    is_undo = action.startswith("undo-")
    if not is_undo and not finish_interrupted_write(scene.beside, writing):
        return "old"
    run_alone(take_back(scene.beside, writing, guard=_free))
    return "old" if is_undo else "new"


def _recover_filing(action: str, scene: Scene, intent: dict[str, Any]) -> str:
    outcome = "old"
    if action == "file":
        filing = Filing.from_json(intent["filing"])
        if not finish_interrupted_filing(scene.comic, scene.filed, filing):
            return outcome
        if scene.comic.exists() or not scene.trashed.exists():
            raise AssertionError("it was filed, but the original did not go to the trash")
        intent["left"] = FileSnapshot.of(scene.filed).to_json()
        outcome = "new"
    _undo_filing(scene, intent)
    if scene.filed.exists():
        raise AssertionError("it is in the library and in the inbox")
    return outcome


def _undo_filing(scene: Scene, intent: dict[str, Any]) -> None:
    filing, left = Filing.from_json(intent["filing"]), FileSnapshot.from_json(intent["left"])
    made = [scene.filed.parent]
    undo_filing(scene.comic, scene.filed, filing, left, made, guard=_free)


def _recover_move(old: Path, new: Path, intent: dict[str, object]) -> str:
    if new.exists() and old.exists() and new.stat().st_dev != old.stat().st_dev:
        # A move across filesystems that stopped before its last step: the copy was complete.
        new.unlink()
        return "old"
    identity = FileIdentity.from_json(intent["identity"])  # type: ignore[arg-type]
    if new.exists() and not old.exists():
        move(new, old)
        return "new"
    return "new" if finish_interrupted_rename(old, new, identity) else "old"


def _tag_and_rename(scene: Scene, edits: list[dict[str, Any]]) -> list[tuple[Any, Any]]:
    """Tag and rename all comics side by side, as a group of items does; return the receipts."""

    async def one(edit: Edit, target: Path) -> tuple[Any, Any]:
        receipt = await apply_edit(edit, guard=_free, keep=(scene.keep,))
        made = await move_file(edit.path, target, FileIdentity.of(edit.path), guard=_free)
        return receipt.to_json(), receipt_of(target, made)

    pairs = zip(scene.group, edits, strict=True)
    return _together([one(Edit.from_json(edit), target) for (_, target), edit in pairs])


async def _undo_in_group(names: tuple[Path, Path], done: tuple[Any, Any]) -> None:
    """Undo what was done to one comic, newest first."""
    old, new = names
    edited, moved = done
    await undo_move(old, new, FileSnapshot.from_json(moved), [], guard=_free)
    await undo_edit(Receipt.from_json(edited).at(old), guard=_free)


def _together(changes: list[Steps[T]]) -> list[T]:
    results: list[Any] = run_together(changes)
    for result in results:
        if isinstance(result, Exception):
            raise result
    return results


def _recover_in_group(names: tuple[Path, Path], stored: dict[str, Any]) -> str:
    """Finish and undo what was done to one comic; its rename came after its edit."""
    old, new = names
    edit = Edit.from_json(stored)
    is_renamed = finish_interrupted_rename(old, new, edit.before)
    if is_renamed:
        move(new, old)
    receipt = finish_interrupted_edit(edit, keep=(old.parent,))
    if receipt is not None:
        run_alone(undo_edit(receipt, guard=_free))
    elif is_renamed:
        raise AssertionError(f"{old} was renamed before its tags were written")
    return "new" if is_renamed else "old"


def _plan(scene: Scene, policy: TagWrite, xml: bytes) -> Edit:
    return plan_edit(scene.comic, {"ComicInfo.xml": xml}, policy=policy)


def _convert(scene: Scene) -> None:
    # Not through open_archive, which would load libarchive amid the calls that are counted.
    with LibarchiveReader(scene.tar, ArchiveFormat.CBT, Limits()) as archive:
        members = ((entry.name, chunks) for entry, chunks in archive.walk())
        write_cbz(scene.comic, members, guard=_free, attributes_of=scene.tar)


def _write(scene: Scene, writing: Writing) -> None:
    run_alone(write(scene.beside, writing, NEW_JSON, guard=_free))


def _make_tar(scene: Scene, pages: dict[str, bytes]) -> None:
    scene.comic.unlink()
    with tarfile.open(scene.tar, "w") as archive:
        for name, content in pages.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


def sha256(path: Path) -> str | None:
    """The hash of a file's content; None if there is no file."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None


def _free() -> None:
    """The guard of a caller whom nobody stops."""


def main() -> None:
    action, folder = sys.argv[1:]
    try:
        perform(action, Scene(Path(folder)))
    except ComicMaintainerError as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        sys.exit(REFUSED)


if __name__ == "__main__":
    main()
