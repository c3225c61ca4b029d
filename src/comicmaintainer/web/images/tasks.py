"""The tasks of the web's helper processes, so that no web worker loads an image library.

Started by `helper`. In each request, `path` is the comic and `target` the file to write; the rest
depends on the task. A task returns nothing, or raises the error that prevented it.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from comicmaintainer.comics.images.decoding import MAX_PAGE_BYTES, page_thumbnail, thumbnail
from comicmaintainer.comics.images.image_headers import image_format
from comicmaintainer.comics.pages.page_contents import Content, ReadPage, read_pages
from comicmaintainer.comics.pages.page_list import list_pages
from comicmaintainer.errors import (
    ArchiveError,
    DamagedArchive,
    FileChanged,
    HostileArchive,
    about,
)
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.filesystem.os_errors import storage_errors
from comicmaintainer.isolation.helper import Task
from comicmaintainer.web.images.notes import keep_note

AHEAD_WITHIN_S = 2.0
"""How long a pass goes on to make pages that nobody waits for yet."""
MAX_WHOLE_PAGE_BYTES = 64 << 20
LONGEST_LIST_BYTES = 8 << 20
HEIGHT_PER_WIDTH = 2
"""The greatest height of a thumbnail per width: very long strips are scaled down."""
FILES_PER_FOLDER = 2000
COVERS_PER_FOLDER = 400
"""About 100,000 covers in all folders; above it, the least recently used are removed."""
BYTES_PER_FOLDER = 8 << 20
WHOLE_PAGES_BYTES = 256 << 20
LONGEST_WRITE_S = 60.0
"""A temporary older than this was left by a helper that died."""


def make_cover(comic: Path, request: Mapping[str, Any]) -> None:
    """Make the thumbnail `target` of the cover, which fits into a square of `side_px`."""
    target = Path(request["target"])
    number = list_pages(comic, with_pixels=False).cover.number
    _store(target, page_thumbnail(comic, max_side_px=request["side_px"], number=number))
    _thin_out(target.parent, COVERS_PER_FOLDER)


def make_list(comic: Path, request: Mapping[str, Any]) -> None:
    """Write the list of pages to `target` as JSON."""
    target = Path(request["target"])
    pages = list_pages(comic)
    _require_unchanged(comic, pages.identity, request)
    content = json.dumps(pages.to_json()).encode()
    if len(content) > LONGEST_LIST_BYTES:
        raise HostileArchive(
            f"its list of {len(pages.pages)} pages is too long to show", path=comic
        )
    _store(target, content)
    _thin_out(target.parent, FILES_PER_FOLDER, BYTES_PER_FOLDER)


def make_thumbnails(comic: Path, request: Mapping[str, Any]) -> None:
    """Make the thumbnail `target` of page `number`, at most `width` wide.

    `ahead` lists further (number, target) to make in the same pass, if time allows.
    """
    width = request["width"]

    def small(name: str, content: bytes) -> bytes:
        height = width * HEIGHT_PER_WIDTH
        with about(comic):
            return thumbnail(content, max_side_px=height, max_width_px=width, name=name)

    _make_pages(comic, request, small, MAX_PAGE_BYTES)
    _thin_out(Path(request["target"]).parent, FILES_PER_FOLDER, BYTES_PER_FOLDER)


def extract_pages(comic: Path, request: Mapping[str, Any]) -> None:
    """Write page `number` to `target` unchanged; `ahead` as for thumbnails."""

    def whole(name: str, content: bytes) -> bytes:
        if image_format(content) is None:
            raise DamagedArchive("its image format is not known", path=comic, member=name)
        return content

    _make_pages(comic, request, whole, MAX_WHOLE_PAGE_BYTES)
    _thin_out(Path(request["target"]).parent, FILES_PER_FOLDER, WHOLE_PAGES_BYTES)


def _task(make: Callable[[Path, Mapping[str, Any]], None]) -> Task:
    def do(request: Mapping[str, Any], _content: bytes) -> Iterable[Any]:
        make(Path(request["path"]), request)
        return ()

    return do


TASKS: Mapping[str, Task] = {
    "cover": _task(make_cover),
    "list": _task(make_list),
    "thumbnail": _task(make_thumbnails),
    "page": _task(extract_pages),
}


def _make_pages(
    comic: Path,
    request: Mapping[str, Any],
    made_of: Callable[[str, bytes], bytes],
    max_bytes: int,
) -> None:
    targets = {request["number"]: Path(request["target"])}
    targets |= {number: Path(target) for number, target in request["ahead"]}
    until = time.monotonic() + AHEAD_WITHIN_S
    is_made = False
    try:
        for page in read_pages(comic, list(targets), max_bytes):
            _require_unchanged(comic, FileIdentity.of(comic), request)
            if page.number == request["number"]:
                _store(targets[page.number], made_of(page.name, _sound(page.content)))
                is_made = True
            else:
                _make_ahead(targets[page.number], page, made_of)
            if is_made and time.monotonic() > until:
                break
    except ArchiveError:
        # A failure after the requested page is reported when that other page is requested.
        if not is_made:
            raise


def _sound(content: Content) -> bytes:
    if isinstance(content, ArchiveError):
        raise content
    return content


def _make_ahead(target: Path, page: ReadPage, made_of: Callable[[str, bytes], bytes]) -> None:
    try:
        _store(target, made_of(page.name, _sound(page.content)))
    except ArchiveError as error:
        keep_note(target, error)


def _require_unchanged(comic: Path, found: FileIdentity, request: Mapping[str, Any]) -> None:
    if found != FileIdentity.from_json(request["identity"]):
        raise FileChanged("it was changed in the meantime; reload it", path=comic)


def _store(target: Path, content: bytes) -> None:
    temporary = target.with_name(f"{target.name}.{os.getpid()}")
    with storage_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            temporary.write_bytes(content)
            temporary.replace(target)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise


def _thin_out(folder: Path, max_files: int, max_bytes: int | None = None) -> None:
    """Remove the least recently used files, down to three quarters, so that it happens rarely.

    The helpers of other web workers write to and thin out the same folder at the same time.
    """
    entries = []
    with os.scandir(folder) as found:
        for entry in found:
            try:
                status = entry.stat()
            except FileNotFoundError:
                continue
            if not _is_being_written(entry.name, status):
                entries.append((status, entry.path))
    too_many = len(entries) > max_files
    size = sum(status.st_size for status, _ in entries)
    if not too_many and (max_bytes is None or size <= max_bytes):
        return
    entries.sort(key=lambda entry: entry[0].st_atime)
    files_left, bytes_left = len(entries), size
    for status, path in entries:
        enough = max_bytes is None or bytes_left <= max_bytes * 3 // 4
        if enough and files_left <= max_files * 3 // 4:
            break
        Path(path).unlink(missing_ok=True)
        files_left -= 1
        bytes_left -= status.st_size


def _is_being_written(name: str, status: os.stat_result) -> bool:
    is_temporary = name.rpartition(".")[2].isdecimal()
    return is_temporary and time.time() - status.st_mtime < LONGEST_WRITE_S
