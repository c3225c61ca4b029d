"""Comics with real pictures, in the formats that tests can write."""

from __future__ import annotations

import hashlib
import io
import os
import random
import tarfile
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from PIL import Image

from comicmaintainer.library.ignored import OUR_FOLDER


def picture(seed: str, *, side: int = 64, kind: str = "PNG", quality: int = 75) -> bytes:
    """A picture that differs from that of any other seed."""
    source = random.Random(seed)
    small = Image.frombytes("RGB", (8, 8), source.randbytes(192))
    buffer = io.BytesIO()
    small.resize((side, side), Image.Resampling.BICUBIC).save(buffer, kind, quality=quality)
    return buffer.getvalue()


def pages_of(seed: str, count: int = 3) -> dict[str, bytes]:
    """Return the members of a comic of so many pages that no other seed gives."""
    return {f"p{number:02}.png": picture(f"{seed} {number}") for number in range(1, count + 1)}


def digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each CBZ by its path below the folder, but not of what is in the trash.

    A file or folder that goes while a service works is left out.
    """
    found = {}
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != OUR_FOLDER]
        for name in names:
            path = Path(parent, name)
            with suppress(FileNotFoundError):
                if path.suffix == ".cbz":
                    content = path.read_bytes()
                    found[str(path.relative_to(folder))] = hashlib.sha256(content).hexdigest()
    return found


def cbz(
    path: Path,
    members: Mapping[str, bytes],
    xml: str | None = None,
    *,
    method: int = zipfile.ZIP_STORED,
    comment: bytes = b"",
) -> Path:
    """Write a ZIP of these members; `xml` is what its ComicInfo holds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.comment = comment
        for name, content in members.items():
            archive.writestr(name, content)
        if xml is not None:
            archive.writestr("ComicInfo.xml", f"<ComicInfo>{xml}</ComicInfo>")
    return path


def cbt(path: Path, members: Mapping[str, bytes], xml: str | None = None) -> Path:
    """Write a TAR of these members; `xml` is what its ComicInfo holds."""
    members = dict(members)
    if xml is not None:
        members["ComicInfo.xml"] = f"<ComicInfo>{xml}</ComicInfo>".encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


def damage(path: Path, content: bytes) -> None:
    """Flip one bit in the middle of where `content` lies in the file; times and size stay."""
    times = path.stat()
    data = bytearray(path.read_bytes())
    data[data.index(content) + len(content) // 2] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
