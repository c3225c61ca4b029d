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
from typing import Any

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
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.filesystem.renames import finish_interrupted_rename, move, rename_noreplace
from comicmaintainer.filesystem.shared_steps import run_alone, run_together
from comicmaintainer.filesystem.temporaries import sweep_temporaries
from comicmaintainer.operations.changes.moves import move_file
from comicmaintainer.settings import TagWrite

ACTIONS = (
    "append", "replace", "compact", "undo-append", "undo-replace", "rename", "delete", "move",
    "convert", "group",
)  # fmt: skip
END = "/fault-sweep-end"
REFUSED = 3  # the exit code for an error of our own tree

OLD_XML = b"<ComicInfo><Series>Old</Series></ComicInfo>"
NEW_XML = b"<ComicInfo><Series>New</Series><Number>7</Number></ComicInfo>"


class Scene:
    """Where things lie in a sweep's folder."""

    def __init__(self, folder: Path) -> None:
        self.library = folder / "library"
        self.keep = folder / "keep"
        self.intent = folder / "intent.json"
        self.facts = folder / "facts.json"
        self.comic = self.library / "comic.cbz"
        self.tar = self.library / "comic.cbt"
        self.renamed = self.library / "Renamed Comic.cbz"
        self.trashed = self.library / ".comicmaintainer" / "trash" / "comic.cbz"
        self.elsewhere = folder / "elsewhere" / "comic.cbz"

        self.group = [
            (self.library / f"comic {n}.cbz", self.library / f"Renamed {n}.cbz") for n in (1, 2, 3)
        ]

    def subjects(self, action: str) -> list[Path]:
        """The files whose old bytes must be back in the end."""
        if action == "group":
            return [comic for comic, _ in self.group]
        return [self.tar if action == "convert" else self.comic]

    def places(self, action: str) -> list[tuple[Path, ...]]:
        """For each comic the places where it may be."""
        if action == "group":
            return list(self.group)
        return [(self.comic, self.renamed, self.trashed, self.elsewhere)]

    def target(self, action: str) -> Path:
        return {"rename": self.renamed, "delete": self.trashed, "move": self.elsewhere}[action]


def prepare(action: str, scene: Scene) -> None:
    scene.library.mkdir(parents=True, exist_ok=True)
    group = [path for pair in scene.group for path in pair]
    for path in (scene.comic, scene.tar, scene.renamed, scene.trashed, scene.elsewhere, *group):
        path.unlink(missing_ok=True)
    for folder in (scene.keep, scene.trashed.parent.parent):
        shutil.rmtree(folder, ignore_errors=True)
    pages = {f"page-{n}.jpg": random.Random(n).randbytes(9_000 * n) for n in range(1, 5)}
    with zipfile.ZipFile(scene.comic, "w") as archive:
        for name, content in {**pages, "ComicInfo.xml": OLD_XML}.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    if action == "convert":
        _make_tar(scene, pages)
    if action == "group":
        for comic, _ in scene.group:
            shutil.copyfile(scene.comic, comic)
        scene.comic.unlink()
    if action == "compact":
        run_alone(
            apply_edit(_plan(scene, TagWrite.APPEND, OLD_XML * 2), guard=_free, keep=scene.keep)
        )
    subject = scene.subjects(action)[0]
    intent: dict[str, object] = {"identity": FileIdentity.of(subject).to_json()}
    if action in ("append", "replace"):
        intent["edit"] = _plan(scene, TagWrite(action), NEW_XML).to_json()
    elif action == "compact":
        intent["edit"] = plan_compact(scene.comic).to_json()
    elif action == "group":
        intent["group"] = [
            plan_edit(comic, {"ComicInfo.xml": NEW_XML}, policy=TagWrite.APPEND).to_json()
            for comic, _ in scene.group
        ]
    facts: dict[str, object] = {"old": _sha256(subject)}
    if action.startswith("undo-"):
        edit = _plan(scene, TagWrite(action.removeprefix("undo-")), NEW_XML)
        intent["receipt"] = run_alone(apply_edit(edit, guard=_free, keep=scene.keep)).to_json()
    scene.intent.write_text(json.dumps(intent))
    facts["pages"] = {name: hashlib.sha256(content).hexdigest() for name, content in pages.items()}
    scene.facts.write_text(json.dumps(facts))
    os.sync()


def perform(action: str, scene: Scene) -> None:
    intent = json.loads(scene.intent.read_text())
    # A tracer is attached here, so that it counts the action's own calls and no import's.
    print("ready", flush=True)
    sys.stdin.readline()
    if "edit" in intent:
        run_alone(apply_edit(Edit.from_json(intent["edit"]), guard=_free, keep=scene.keep))
    elif "receipt" in intent:
        undo_edit(Receipt.from_json(intent["receipt"]), guard=_free)
    elif action == "convert":
        _convert(scene)
    elif action == "group":
        _tag_and_rename(scene, intent["group"])
    elif action == "rename":
        rename_noreplace(scene.comic, scene.target(action))
    else:
        make_folder(scene.target(action).parent)
        move(scene.comic, scene.target(action))
    with contextlib.suppress(OSError):
        os.mkdir(f"{END}/none")  # shows in the trace where the action ends


def recover(action: str, scene: Scene) -> str:
    intent = json.loads(scene.intent.read_text())
    outcome = "old"
    if "edit" in intent:
        receipt = finish_interrupted_edit(Edit.from_json(intent["edit"]), keep=scene.keep)
        if receipt is not None:
            undo_edit(receipt, guard=_free)
            outcome = "new"
    elif "receipt" in intent:
        undo_edit(Receipt.from_json(intent["receipt"]), guard=_free)
    elif action == "convert":
        outcome = "new" if scene.comic.exists() else "old"
    elif action == "group":
        ends = [_recover_in_group(*pair) for pair in zip(scene.group, intent["group"], strict=True)]
        outcome = "old" if "old" in ends else "new"
    else:
        outcome = _recover_move(scene.comic, scene.target(action), intent)
    for folder in (scene.library, scene.elsewhere.parent):
        if folder.exists():
            sweep_temporaries(folder, now_at=time.time() + 1)
    if scene.keep.exists():
        sweep_temporaries(scene.keep, now_at=time.time() + 1)
    return outcome


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


def _tag_and_rename(scene: Scene, edits: list[dict[str, Any]]) -> None:
    """Tag and rename all comics side by side, as a group of items does."""

    async def one(edit: Edit, target: Path) -> None:
        await apply_edit(edit, guard=_free, keep=scene.keep)
        await move_file(edit.path, target, FileIdentity.of(edit.path), guard=_free)

    pairs = zip(scene.group, edits, strict=True)
    results = run_together([one(Edit.from_json(edit), target) for (_, target), edit in pairs])
    for result in results:
        if isinstance(result, Exception):
            raise result


def _recover_in_group(names: tuple[Path, Path], stored: dict[str, Any]) -> str:
    """Finish and undo what was done to one comic; its rename came after its edit."""
    old, new = names
    edit = Edit.from_json(stored)
    is_renamed = finish_interrupted_rename(old, new, edit.before)
    if is_renamed:
        move(new, old)
    receipt = finish_interrupted_edit(edit, keep=old.parent)
    if receipt is not None:
        undo_edit(receipt, guard=_free)
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


def _make_tar(scene: Scene, pages: dict[str, bytes]) -> None:
    scene.comic.unlink()
    with tarfile.open(scene.tar, "w") as archive:
        for name, content in pages.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


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
