"""Mutated archives against every reader and the editor: clear errors only, bounded memory.

    python tests/comics/archives/fuzz.py --count 100000

Same seed, same mutations. For every CBZ that can still be edited, the edit is undone and the bytes
must be the old ones. Prints one JSON line; any crash ends it with a traceback or a signal.
"""

from __future__ import annotations

import argparse
import collections
import hashlib
import io
import json
import os
import random
import tarfile
import tempfile
import time
import warnings
import zipfile
from pathlib import Path

import libarchive
from PIL import Image

from comicmaintainer.comics.archives.edits.editing import apply_edit, undo_edit
from comicmaintainer.comics.archives.edits.planning import plan_edit
from comicmaintainer.comics.archives.reader import open_archive, read_metadata_members
from comicmaintainer.comics.pages.verification import verify_archive
from comicmaintainer.errors import ComicMaintainerError
from comicmaintainer.filesystem.shared_steps import run_alone
from comicmaintainer.settings import TagWrite

XML = b"<ComicInfo><Series>Old</Series></ComicInfo>"
INTERESTING = (
    b"\x00",
    b"\xff",
    b"\x7f",
    b"\x80",
    b"\xff\xff\xff\xff",
    b"PK\x05\x06",
    b"PK\x01\x02",
)


def peak_bytes() -> int:
    """Return this process's own peak; getrusage would count that of whoever started it as well."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def seeds() -> dict[str, bytes]:
    """Small archives of every format that can be made here, and RARs where samples are at hand."""
    pages = {f"book/{number}.png": _picture(number) for number in range(3)}
    members = {**pages, "ComicInfo.xml": XML}
    found = {}
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", method) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
            archive.comment = b"comment" if method == zipfile.ZIP_DEFLATED else b""
        found[f"zip-{method}"] = buffer.getvalue()
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    found["tar"] = buffer.getvalue()
    with tempfile.NamedTemporaryFile() as stream:
        with libarchive.file_writer(stream.name, "7zip") as seven:
            for name, content in members.items():
                seven.add_file_from_memory(name, len(content), content)
        found["7z"] = Path(stream.name).read_bytes()
    buffer = io.BytesIO()
    Image.new("RGB", (40, 60), "red").save(buffer, "PDF")
    found["pdf"] = buffer.getvalue()
    samples = os.environ.get("COMICMAINTAINER_SAMPLES")
    if samples:
        for path in sorted(Path(samples).rglob("*.rar")):
            found[path.name] = path.read_bytes()
    return found


def _picture(number: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (30, 40), (number * 80, 10, 20)).save(buffer, "PNG")
    return buffer.getvalue()


def mutated(content: bytes, source: random.Random) -> bytes:
    """The archive with one to six things wrong; most of them near headers and the end."""
    data = bytearray(content)
    for _ in range(source.randint(1, 6)):
        if not data:
            break
        near_end = source.random() < 0.4
        position = source.randrange(max(0, len(data) - 400) if near_end else 0, len(data))
        kind = source.randrange(6)
        if kind == 0:
            data[position] ^= 1 << source.randrange(8)
        elif kind == 1:
            piece = source.choice(INTERESTING)
            data[position : position + len(piece)] = piece
        elif kind == 2:
            del data[position : position + source.randint(1, 64)]
        elif kind == 3:
            start = source.randrange(len(data))
            data[position:position] = data[start : start + source.randint(1, 200)]
        elif kind == 4:
            data[position : position + 4] = source.randrange(1 << 32).to_bytes(4, "little")
        elif source.random() < 0.2:
            del data[position:]
    return bytes(data)


def attack(path: Path, keep: tuple[Path, ...], outcomes: collections.Counter[str]) -> None:
    """Read, verify, edit and undo one file; only errors of our own tree may come out."""
    for action in (_read, _quick, verify_archive):
        try:
            action(path)
            outcomes[f"{action.__name__} ok"] += 1
        except ComicMaintainerError as error:
            outcomes[error.code] += 1
    before = hashlib.sha256(path.read_bytes()).digest()
    for policy in (TagWrite.APPEND, TagWrite.REPLACE):
        try:
            edit = plan_edit(path, {"ComicInfo.xml": b"<New/>"}, policy=policy)
            receipt = run_alone(apply_edit(edit, guard=lambda: None, keep=keep))
        except ComicMaintainerError as error:
            outcomes[error.code] += 1
        else:
            outcomes[f"edited by {edit.strategy}"] += 1
            run_alone(undo_edit(receipt, guard=lambda: None))
        if hashlib.sha256(path.read_bytes()).digest() != before:
            raise AssertionError(f"{path}: its bytes are not the old ones")


def _read(path: Path) -> None:
    with open_archive(path) as archive:
        for _, chunks in archive.walk():
            for _ in chunks:
                pass


def _quick(path: Path) -> None:
    read_metadata_members(path, {"comicinfo.xml"})


def main() -> None:
    parser = argparse.ArgumentParser(description="Fuzz the archive engine.")
    parser.add_argument("--count", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=3_600.0)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    source = random.Random(arguments.seed)
    outcomes: collections.Counter[str] = collections.Counter()
    started = time.monotonic()
    done = 0
    with tempfile.TemporaryDirectory() as folder:
        path, keep = Path(folder, "comic.cbz"), (Path(folder, "keep"),)
        originals = list(seeds().values())
        while done < arguments.count and time.monotonic() - started < arguments.seconds:
            path.write_bytes(mutated(source.choice(originals), source))
            attack(path, keep, outcomes)
            done += 1
    print(json.dumps({"archives": done, "peak_bytes": peak_bytes(), "outcomes": outcomes}))


if __name__ == "__main__":
    main()
