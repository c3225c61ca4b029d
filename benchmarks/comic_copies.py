"""Comics of one size that differ in their first page only, so that many are made quickly.

Used by slow_disk.py. Every page is an image that can be decoded. A copy is made inside the kernel
(copy_file_range, which shares blocks where the filesystem can); then a comment in the first page,
and with it that page's CRC, is changed. So every copy has pages of its own and is sound.
"""

from __future__ import annotations

import io
import os
import shutil
import struct
import zipfile
import zlib
from pathlib import Path

from PIL import Image

PAGES = 24
SERIES = 20
COMMENT = b"copy 00000000"
LOCAL_HEADER_BYTES = 30
CRC_IN_LOCAL_HEADER, CRC_IN_DIRECTORY = 14, 16


class ComicTemplate:
    """A drawn comic of about `size_bytes` without tags, at `path`."""

    def __init__(self, path: Path, size_bytes: int) -> None:
        self._path = path
        page = _page(size_bytes // PAGES)
        with zipfile.ZipFile(path, "w") as archive:
            for number in range(1, PAGES + 1):
                archive.writestr(f"Drawn 007 - p{number:03}.jpg", page)
            first = archive.infolist()[0]
        with zipfile.ZipFile(path) as archive:
            self._directory_at = archive.start_dir
        self._header_at = first.header_offset
        self._page_at = self._header_at + LOCAL_HEADER_BYTES + len(first.filename.encode())
        self._page = page

    def make_library(self, library: Path, files: int, *, first: int = 0) -> None:
        """Make so many comics in the folders of a few series; `first` is the first's number."""
        library.mkdir()
        here = library / self._path.name  # the kernel copies within a filesystem only
        shutil.copyfile(self._path, here)
        for number in range(first, first + files):
            series = f"Drawn Heroes {chr(65 + number % SERIES)}"
            folder = library / series
            folder.mkdir(exist_ok=True)
            path = folder / f"{series} {number // SERIES + 1} (2011).cbz"
            self._copy(here, path, number)
        here.unlink()

    def _copy(self, template: Path, path: Path, number: int) -> None:
        page = self._page.replace(COMMENT, f"copy {number:08}".encode(), 1)
        crc = struct.pack("<I", zlib.crc32(page))
        with template.open("rb") as source, path.open("xb") as target:
            left = os.fstat(source.fileno()).st_size
            while left:
                left -= os.copy_file_range(source.fileno(), target.fileno(), left)
            changes = (
                (self._header_at + CRC_IN_LOCAL_HEADER, crc),
                (self._page_at, page),
                (self._directory_at + CRC_IN_DIRECTORY, crc),
            )
            for offset, data in changes:
                os.pwrite(target.fileno(), data, offset)


def _page(size_bytes: int) -> bytes:
    """Draw a page of about this size, with a few bytes for each pixel as a scan has."""
    side = 64
    while True:
        noise = [Image.effect_noise((side, side * 3 // 2), 14) for _ in "RGB"]
        file = io.BytesIO()
        Image.merge("RGB", noise).save(file, "JPEG", quality=75, comment=COMMENT)
        data = file.getvalue()
        if len(data) >= size_bytes:
            return data
        side = max(side + 8, int(side * (size_bytes / len(data)) ** 0.5))
