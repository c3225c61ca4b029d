"""Writes a comic's tags into an XML file beside it; the comic is not touched.

What such a file has that the format does not know stays in it. A file that can't be read as that
format is somebody else's, and is left.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from comicmaintainer.comics.metadata import ComicMetadata, diff
from comicmaintainer.comics.metadata.members import METADATA_MEMBERS, WRITABLE_FORMATS
from comicmaintainer.comics.metadata.sources import read_metadata, updated_members
from comicmaintainer.errors import FileChanged, MalformedMetadata, ReadOnlyStorage
from comicmaintainer.library.ignored import is_comic_name
from comicmaintainer.operations.changes.file_change import sidecar_change
from comicmaintainer.operations.changes.plan import Plan
from comicmaintainer.operations.changes.written_file import content_of
from comicmaintainer.operations.comic import Comic, read_comic, require_sound
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.declared.sidecar import IN_FOLDER

WHY = "sidecar"
LARGEST_BYTES = 16 << 20


def plan_sidecar(context: OperationContext, path: Path, params: Mapping[str, Any]) -> Plan:
    """Plan the XML file beside one comic; touches nothing.

    Raises:
        ArchiveError: the comic, or its tags, can't be read.
        FileMissing, StorageError.
    """
    comic = read_comic(context.comics, path)
    require_sound(comic)
    known = context.catalogue.by_path(path)

    def left(reason: str) -> Plan:
        return Plan(path, comic.identity, why={WHY: reason}, known=known)

    member = METADATA_MEMBERS[WRITABLE_FORMATS[params["format"]][0]]
    file = path.with_suffix(".xml")
    if params["name"] == IN_FOLDER:
        if not _is_alone(path):
            return left("its folder has other comics, so a file for the folder would be wrong")
        file = path.with_name(member)
    try:
        before = content_of(file, most_bytes=LARGEST_BYTES)
        if before is not None and len(before) > LARGEST_BYTES:
            return left(f"{file} was left as it is: it is too large")
        existing = {} if before is None else {member: before}
        content = _written(comic, existing, params["format"], member)
        shown = read_metadata(existing).merged if existing else ComicMetadata()
    except (FileChanged, MalformedMetadata, ReadOnlyStorage) as error:
        return left(f"{file} was left as it is: {error.message.rstrip('.')}")
    if content is None or content == before:
        return Plan(path, comic.identity, known=known)
    if not os.access(file.parent, os.W_OK | os.X_OK):
        return left(f"{file} was not written: its folder is not writable")
    fields = diff(shown, read_metadata({member: content}).merged)
    change = sidecar_change(file, before, content, fields, path)
    return Plan(path, comic.identity, known=known, beside=(change,))


def _written(
    comic: Comic, existing: Mapping[str, bytes], format_name: str, member: str
) -> bytes | None:
    """Return the file with the comic's tags; None if it has them already.

    Raises:
        MalformedMetadata: what is there can't be read.
    """
    read_metadata(existing).require_sound()
    changed = updated_members(existing, comic.metadata, [format_name], pages=comic.page_list())
    return changed.get(member)


def _is_alone(path: Path) -> bool:
    return all(one == path or not is_comic_name(one.name) for one in path.parent.iterdir())
