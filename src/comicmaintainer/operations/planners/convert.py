"""Converts a comic in another format to CBZ, and proves it page by page before the original goes.

The new file gets its name only after every member was read back and matched with a second reading
of the original. Then the original goes to the trash.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from comicmaintainer.comics.archives.edits.cbz_writer import write_cbz
from comicmaintainer.comics.archives.model import ArchiveFormat, ComicArchive, Entry, Limits
from comicmaintainer.comics.archives.page_names import is_junk, is_page
from comicmaintainer.comics.archives.pdf.page_source import PageSource
from comicmaintainer.comics.archives.zip.zip_reader import ZipReader
from comicmaintainer.comics.images.image_headers import image_format
from comicmaintainer.comics.images.model import PageCodec
from comicmaintainer.errors import DamagedArchive, TargetExists
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.filesystem.temporaries import new_token
from comicmaintainer.library.journal import ChangeState
from comicmaintainer.operations.changes.conversion_proof import conversion_paths, is_proven
from comicmaintainer.operations.changes.file_change import (
    ChangeType,
    FileChange,
    convert_change,
    rename_change,
    trash_change,
)
from comicmaintainer.operations.changes.moves import require_unchanged
from comicmaintainer.operations.changes.plan import Plan
from comicmaintainer.operations.comic import read_comic
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.planners.convert_extras import Carried, MadePage, carry
from comicmaintainer.reading.comic_reader import ComicReader

MAX_LEFT_OUT = 20  # names that are listed one by one

Sums = dict[int, tuple[int, int]]
"""Place of a member → CRC-32 and size in bytes of what was read of it."""


def plan_convert(context: OperationContext, path: Path, params: Mapping[str, Any]) -> Plan:
    """Plan the conversion of one comic; touches nothing.

    A CBZ only gets a wrong suffix corrected. A CBZ with members that few programs can unpack is
    converted like other formats.

    Raises:
        TargetExists: another file is where the CBZ would go.
        ArchiveError, FileMissing, StorageError.
    """
    identity = FileIdentity.of(path)
    known = context.catalogue.by_path(path)
    comic = read_comic(context.comics, path)
    if comic.format is ArchiveFormat.CBZ and _is_plain(path):
        return Plan(path, identity, **_named(path), known=known)
    target, final = conversion_paths(path)
    changes: list[FileChange] = []
    if not _is_done(context, path, target):
        if os.path.lexists(target):
            raise TargetExists("a file with this name already exists", path=target)
        codec = None if params["images"] == "keep" else PageCodec(params["images"])
        carried = carry(comic, recodes=codec is not None)
        writer = CbzOf(
            context.comics, path, identity, codec, params["quality"], carried, new_token()
        )
        change = convert_change(
            path,
            target,
            format_name=str(comic.format),
            pages=len(comic.page_facts),
            token=writer.token,
            write=writer.writes_to(target),
            keeps_pages=codec is None,
            tags_from=carried.sources,
            left_out=_left_out(context, path, carried),
        )
        changes.append(change)
    if not params["keep_original"]:
        place = context.trash.place_for(path)
        changes.append(trash_change(path, place, "It was converted to CBZ."))
        if final != target:
            changes.append(rename_change(target, final))
    return Plan(path, identity, tuple(changes), known=known)


def _is_plain(path: Path) -> bool:
    with ZipReader(path, Limits()) as archive:
        return archive.is_plain


def _named(path: Path) -> dict[str, Any]:
    """Return what a plan for a CBZ does about its name.

    Raises:
        TargetExists: another file has the name that it should have.
    """
    target, _ = conversion_paths(path)
    if path.suffix.lower() == target.suffix.lower():
        return {"why": {"convert": "it is a CBZ already"}}
    if os.path.lexists(target):
        raise TargetExists("a file with this name already exists", path=target)
    return {
        "changes": (rename_change(path, target),),
        "why": {"name": "it is a CBZ already, only its suffix was wrong"},
    }


def _left_out(context: OperationContext, path: Path, carried: Carried) -> tuple[str, ...]:
    with context.comics.open(path) as archive:
        junk = [entry.name for entry in archive.entries if is_junk(entry.name)]
        names = [*sorted(junk), *archive.links, *carried.left_out]
    more = len(names) - MAX_LEFT_OUT
    return (*names[:MAX_LEFT_OUT], *([f"{more} more"] if more > 0 else []))


def _is_done(context: OperationContext, path: Path, target: Path) -> bool:
    """Tell whether the CBZ at `target` was already made from this file, and is still whole."""
    if not os.path.lexists(target):
        return False
    return any(
        change.kind == ChangeType.CONVERT
        and change.state is ChangeState.APPLIED
        and (change.path_before, change.path_after) == (str(path), str(target))
        and is_proven(context.comics, change, path, target)
        for change in context.journal.history(target)
    )


class CbzOf:
    """Makes one CBZ from the comic at `path`."""

    def __init__(
        self,
        comics: ComicReader,
        path: Path,
        identity: FileIdentity,
        codec: PageCodec | None,
        quality: int,
        carried: Carried,
        token: str,
    ) -> None:
        self._comics = comics
        self._path = path
        self._identity = identity
        self._codec = codec
        self._quality = quality
        self._carried = carried
        self.token = token

    def writes_to(self, target: Path) -> Callable[[Callable[[], None]], object]:
        """Return the function that makes the CBZ at `target`; it takes the item's guard."""

        def write(guard: Callable[[], None]) -> object:
            read: Sums = {}

            def proven() -> None:
                self._prove(read, getattr(archive, "sources", {}))
                require_unchanged(self._path, self._identity)
                guard()

            with self._comics.open(self._path) as archive:
                return write_cbz(
                    target,
                    self._members(archive, read, guard),
                    guard=proven,
                    token=self.token,
                    comment=self._carried.comment,
                    attributes_of=self._path,
                )

        return write

    def _members(
        self, archive: ComicArchive, read: Sums, guard: Callable[[], None]
    ) -> Iterator[tuple[str, Iterator[bytes]]]:
        made: dict[int, MadePage] = {}
        for entry, chunks in archive.walk():
            if is_junk(entry.name):
                continue
            guard()
            summed = _summed(entry, chunks, read)
            if self._carried.replaces(entry.name):
                for _ in summed:  # read anyway, to be compared with the second reading
                    pass
                continue
            is_drawn = archive.format is ArchiveFormat.PDF  # its pages are in memory anyway
            if not is_page(entry.name) or (self._codec is None and not is_drawn):
                yield entry.name, summed
                continue
            content = b"".join(summed)
            smaller = None
            if self._codec is not None:
                smaller = self._comics.recode(
                    content, self._codec, quality=self._quality, name=entry.name
                )
            if smaller is not None:
                made[entry.place] = MadePage.of(smaller)
                yield _with_suffix(entry.name, smaller.suffix), iter((smaller.content,))
                continue
            kind = image_format(content) if is_drawn else None
            name = entry.name if kind is None else _with_suffix(entry.name, kind.suffix)
            yield name, iter((content,))
        for name, content in self._carried.written(read, made).items():
            yield name, iter((content,))

    def _prove(self, read: Sums, sources: Mapping[int, PageSource]) -> None:
        """Read the original again and compare it with what was copied.

        The pages of a PDF, which have `sources`, are not rendered again; their sources are read
        again.

        Raises:
            DamagedArchive: two readings of the original differ, as with a failing disk.
        """
        again: Sums = {}
        wanted: set[int] = set()
        for member in self._comics.sums(self._path, sources):
            entry = member.entry
            wanted |= {entry.place} if is_page(entry.name) else set()
            if member.is_same:
                again[entry.place] = read[entry.place]
            elif member.crc is not None and not is_junk(entry.name):
                again[entry.place] = (member.crc, member.size_bytes or 0)
        if again != read or not wanted <= read.keys():
            raise DamagedArchive("reading it twice gives different pages", path=self._path)


def _with_suffix(name: str, suffix: str) -> str:
    return name[: name.rindex(".")] + suffix


def _summed(entry: Entry, chunks: Iterator[bytes], sums: Sums) -> Iterator[bytes]:
    crc = size_bytes = 0
    for chunk in chunks:
        crc = zlib.crc32(chunk, crc)
        size_bytes += len(chunk)
        yield chunk
    sums[entry.place] = (crc, size_bytes)
