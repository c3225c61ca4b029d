"""Plans changes to a CBZ: what to write, how, and what the file will be afterwards.

Nothing here writes. Tags, removed pages and `compact` are all edits; `editing` makes them.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from comicmaintainer.comics.archives.edits.edit import ContentMark, Edit, MemberChange, Recipe
from comicmaintainer.comics.archives.edits.replace_writer import undo_recipe
from comicmaintainer.comics.archives.edits.strategy import (
    Choice,
    Strategy,
    WriteFacts,
    choose_strategy,
    may_append,
)
from comicmaintainer.comics.archives.edits.zip_layout import (
    Rewritten,
    Tail,
    appended_tail,
    changed_places,
    dos_time,
    packed_change,
    rewritten,
)
from comicmaintainer.comics.archives.identification import identify
from comicmaintainer.comics.archives.model import ArchiveFormat, Limits
from comicmaintainer.comics.archives.page_names import is_page
from comicmaintainer.comics.archives.zip.salvage import SalvagedZip
from comicmaintainer.comics.archives.zip.zip_directory import (
    END_SIGNATURE,
    LOCAL_SIGNATURE,
    Directory,
    ZipRecord,
)
from comicmaintainer.comics.archives.zip.zip_extents import member_extents
from comicmaintainer.comics.archives.zip.zip_reader import ZipReader
from comicmaintainer.errors import ArchiveError, UnsupportedArchive
from comicmaintainer.filesystem.os_errors import storage_errors
from comicmaintainer.filesystem.reliability import FilesystemKind, filesystem_of
from comicmaintainer.filesystem.temporaries import new_token
from comicmaintainer.settings import HardLinks, TagWrite

LaidOutZip = ZipReader | SalvagedZip
"""An archive whose members' places are known."""

DEFAULT_LIMITS = Limits()
NO_PLACES: Mapping[int, bytes | None] = MappingProxyType({})
COMPRESSIBLE_SUFFIXES = (".xml", ".json", ".txt")


def plan_edit(
    path: Path,
    members: Mapping[str, bytes | None],
    *,
    places: Mapping[int, bytes | None] = NO_PLACES,
    policy: TagWrite = TagWrite.AUTO,
    vouched: Collection[FilesystemKind] = (),
    hard_links: HardLinks = HardLinks.COPY,
    limits: Limits = DEFAULT_LIMITS,
) -> Edit:
    """Plan how to give `path` these members; None removes one. Nothing is written.

    `members` are identified by name: all of one name become one. `places` are single members,
    identified by their place in the directory. Members that already have the wanted content are
    left out; if none remains, the edit's strategy is NOTHING. The plan is for the present file.
    `vouched` are kinds of filesystem whose `fsync` a setting vouches for.

    Raises:
        UnsupportedArchive: not a CBZ, or a file with other names (hard links) and HARDLINKS=skip.
        EmptyArchive, DamagedArchive, HostileArchive, FileMissing, StorageFailed.
    """
    _require_cbz(path)
    with ZipReader(path, limits) as archive:
        changes = _needed_changes(archive, members, places)
        return _planned(path, archive, changes, policy, vouched, hard_links)


def plan_rebuild(
    path: Path,
    archive: SalvagedZip,
    added: Sequence[tuple[str, bytes]],
    *,
    left_out: Collection[int] = (),
    hard_links: HardLinks = HardLinks.COPY,
) -> Edit:
    """Plan to replace a damaged archive by its salvaged members and members from elsewhere.

    `added` are names and contents, `left_out` the places of salvaged members to leave out.
    The edit's undo restores the damaged file, byte for byte.

    Raises:
        DamagedArchive: the salvaged members overlap.
        UnsupportedArchive: it has other names (hard links) and HARDLINKS=skip.
        StorageFailed.
    """
    _require_allowed_links(path, archive.descriptor, hard_links)
    modified_dos = _now_dos()
    changes = (
        *(packed_change(archive.records[at].name, None, place=at) for at in sorted(left_out)),
        *(
            packed_change(name, content, place=place, is_compressible=False)
            for place, (name, content) in enumerate(added, len(archive.records))
        ),
    )
    with storage_errors(path):
        # The whole file, because it has no directory to recognise it by.
        before = ContentMark.of(archive.descriptor, archive.directory.file_size, 0)
    new = layout_of(path, archive, changes, modified_dos)
    return Edit(
        path,
        new_token(),
        Strategy.REBUILD,
        "its directory is damaged",
        archive.identity,
        before,
        mark_of_rewritten(new),
        changes,
        modified_dos,
        undo_recipe(archive.directory.file_size, new.pieces),
    )


def plan_compact(
    path: Path, *, hard_links: HardLinks = HardLinks.COPY, limits: Limits = DEFAULT_LIMITS
) -> Edit:
    """Plan to rewrite `path` without dead bytes; nothing to do if it has none.

    Raises:
        As `plan_edit`.
    """
    _require_cbz(path)
    with ZipReader(path, limits) as archive:
        if _dead_bytes(path, archive) == 0:
            return _edit(path, archive, (), Choice(Strategy.NOTHING, "it has no dead bytes"))
        _require_allowed_links(path, archive.descriptor, hard_links)
        choice = Choice(Strategy.REPLACE, "dead bytes are removed")
        return _edit(path, archive, (), choice)


def dead_bytes(path: Path, *, limits: Limits = DEFAULT_LIMITS) -> int:
    """How many bytes of the CBZ belong to no member, directory or end record.

    Raises:
        As `plan_edit`.
    """
    _require_cbz(path)
    with ZipReader(path, limits) as archive:
        return _dead_bytes(path, archive)


def _require_cbz(path: Path) -> None:
    kind = identify(path)
    if kind is not ArchiveFormat.CBZ:
        raise UnsupportedArchive(
            f"{kind.upper()} files are not written; convert it first", path=path
        )


def _needed_changes(
    archive: ZipReader,
    members: Mapping[str, bytes | None],
    places: Mapping[int, bytes | None],
) -> tuple[MemberChange, ...]:
    changes = []
    for name, content in members.items():
        present = [record for record in archive.records if record.name == name]
        if content is None:
            if present:
                changes.append(packed_change(name, None))
        elif len(present) != 1 or not _has_content(archive, present[0], content):
            changes.append(_changed(name, content))
    for place, content in places.items():
        record = archive.records[place]
        if content is None or not _has_content(archive, record, content):
            changes.append(_changed(record.name, content, place))
    return tuple(changes)


def _changed(name: str, content: bytes | None, place: int | None = None) -> MemberChange:
    compressible = name.lower().endswith(COMPRESSIBLE_SUFFIXES)
    return packed_change(name, content, place=place, is_compressible=compressible)


def _has_content(archive: ZipReader, record: ZipRecord, content: bytes) -> bool:
    if record.size_bytes != len(content):
        return False
    try:
        return archive.read_record(record) == content
    except ArchiveError:  # an unreadable member does not have the wanted content
        return False


def _planned(
    path: Path,
    archive: ZipReader,
    changes: tuple[MemberChange, ...],
    policy: TagWrite,
    vouched: Collection[FilesystemKind],
    hard_links: HardLinks,
) -> Edit:
    if not changes:
        return _edit(path, archive, (), Choice(Strategy.NOTHING, "it has this content already"))
    status = os.fstat(archive.descriptor)
    _require_allowed_links(path, archive.descriptor, hard_links)
    directory = archive.directory
    modified_dos = _now_dos()
    tail = appended_tail(directory, archive.records, changes, modified_dos)
    filesystem, kind = filesystem_of(path)
    facts = WriteFacts(
        requested=policy,
        filesystem=filesystem,
        is_filesystem_trusted=may_append(kind, policy, vouched),
        links=status.st_nlink,
        removes_pages=any(change.data is None and is_page(change.name) for change in changes),
        has_comment=bool(directory.comment),
        has_trailing_bytes=directory.trailing_bytes > 0,
        has_leading_bytes=directory.shift > 0 or not _begins_as_zip(archive),
        is_zip64=directory.is_zip64 or len(archive.records) + len(changes) >= 0xFFFF,
        is_encrypted=any(record.is_encrypted for record in archive.records),
        is_signed=sum(len(record.raw) for record in archive.records) != len(directory.records),
        tail_span_bytes=tail.size_bytes - directory.end_offset,
        new_size_bytes=tail.size_bytes,
        tail_has_end_signature=END_SIGNATURE in tail.body,
    )
    choice = choose_strategy(facts)
    return _edit(path, archive, changes, choice, modified_dos, tail)


def _require_allowed_links(path: Path, descriptor: int, hard_links: HardLinks) -> None:
    """Refuse a file with other names if HARDLINKS=skip."""
    if hard_links is HardLinks.SKIP and os.fstat(descriptor).st_nlink > 1:
        raise UnsupportedArchive("it has other names (hard links), so it is left alone", path=path)


def _begins_as_zip(archive: ZipReader) -> bool:
    """Tell whether the first member begins at the first byte; else read what is there."""
    if any(record.offset == 0 for record in archive.records):
        return True
    return os.pread(archive.descriptor, len(LOCAL_SIGNATURE), 0) == LOCAL_SIGNATURE


def _edit(
    path: Path,
    archive: ZipReader,
    changes: tuple[MemberChange, ...],
    choice: Choice,
    modified_dos: int = 0,
    tail: Tail | None = None,
) -> Edit:
    directory = archive.directory
    with storage_errors(path):
        before = ContentMark.of(archive.descriptor, directory.file_size, directory.offset)
    after = before
    recipe: Recipe = ()
    if choice.strategy is Strategy.APPEND and tail is not None:
        after = mark_of_tail(directory, tail)
    elif choice.strategy is Strategy.REPLACE:
        new = layout_of(path, archive, changes, modified_dos)
        after = mark_of_rewritten(new)
        recipe = undo_recipe(directory.file_size, new.pieces)
    return Edit(
        path, new_token(), choice.strategy, choice.reason, archive.identity, before, after,
        changes, modified_dos, recipe, tail if choice.strategy is Strategy.APPEND else None,
    )  # fmt: skip


def mark_of_tail(directory: Directory, tail: Tail) -> ContentMark:
    gap = bytes(tail.offset - directory.file_size)
    digest = hashlib.sha256(gap + tail.body + tail.end_record).hexdigest()
    return ContentMark(tail.size_bytes, directory.file_size, digest)


def mark_of_rewritten(new: Rewritten) -> ContentMark:
    digest = hashlib.sha256(new.ending).hexdigest()
    return ContentMark(new.size_bytes, new.directory_offset, digest)


def layout_of(
    path: Path, archive: LaidOutZip, changes: tuple[MemberChange, ...], modified_dos: int
) -> Rewritten:
    places = changed_places(archive.records, changes)
    staying = [record for at, record in enumerate(archive.records) if at not in places]
    with storage_errors(path):
        extents = member_extents(archive.descriptor, archive.directory, staying, path=path)
    return rewritten(archive.directory, archive.records, extents, changes, modified_dos)


def _dead_bytes(path: Path, archive: ZipReader) -> int:
    return max(0, archive.directory.file_size - layout_of(path, archive, (), 0).size_bytes)


def _now_dos() -> int:
    return dos_time(*time.localtime()[:6])
