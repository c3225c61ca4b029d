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
from comicmaintainer.filesystem.temporaries import sweep_temporaries
from comicmaintainer.settings import TagWrite

ACTIONS = (
    "append", "replace", "compact", "undo-append", "undo-replace", "rename", "delete", "move",
    "convert",
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

    def target(self, action: str) -> Path:
        return {"rename": self.renamed, "delete": self.trashed, "move": self.elsewhere}[action]


def prepare(action: str, scene: Scene) -> None:
    scene.library.mkdir(parents=True, exist_ok=True)
    for path in (scene.comic, scene.tar, scene.renamed, scene.trashed, scene.elsewhere):
        path.unlink(missing_ok=True)
    for folder in (scene.keep, scene.trashed.parent.parent):
        shutil.rmtree(folder, ignore_errors=True)
    pages = {f"page-{n}.jpg": random.Random(n).randbytes(9_000 * n) for n in range(1, 5)}
    with zipfile.ZipFile(scene.comic, "w") as archive:
        for name, content in {**pages, "ComicInfo.xml": OLD_XML}.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    if action == "convert":
        _make_tar(scene, pages)
    if action == "compact":
        apply_edit(_plan(scene, TagWrite.APPEND, OLD_XML * 2), guard=_free, keep=scene.keep)
    intent: dict[str, object] = {"identity": FileIdentity.of(_subject(action, scene)).to_json()}
    if action in ("append", "replace"):
        intent["edit"] = _plan(scene, TagWrite(action), NEW_XML).to_json()
    elif action == "compact":
        intent["edit"] = plan_compact(scene.comic).to_json()
    facts: dict[str, object] = {"old": _sha256(_subject(action, scene))}
    if action.startswith("undo-"):
        edit = _plan(scene, TagWrite(action.removeprefix("undo-")), NEW_XML)
        intent["receipt"] = apply_edit(edit, guard=_free, keep=scene.keep).to_json()
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
        apply_edit(Edit.from_json(intent["edit"]), guard=_free, keep=scene.keep)
    elif "receipt" in intent:
        undo_edit(Receipt.from_json(intent["receipt"]), guard=_free)
    elif action == "convert":
        _convert(scene)
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


def _subject(action: str, scene: Scene) -> Path:
    return scene.tar if action == "convert" else scene.comic


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
