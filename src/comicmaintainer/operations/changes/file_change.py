"""One change of one file, from the plan to the row in the journal.

A FileChange is a frozen value made by one of the functions below. Previews store its `summary` and
pages show it as differences, so its words are part of the API:

    {"type": "tags", "fields": [{"field", "before", "after"}], "unchanged": 12}
    {"type": "rename", "from": "/old.cbz", "to": "/new.cbz"}
    {"type": "series-json", "file": "/series/series.json", "fields": as of tags}

Before the file is touched it becomes a PlannedChange of the journal, which returns the Change that
undo and recovery read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from comicmaintainer.comics.archives.edits.edit import Edit
from comicmaintainer.comics.metadata import FieldChange
from comicmaintainer.comics.metadata.series_json import NewSeriesJson
from comicmaintainer.library.catalogue.model import DuplicateBy
from comicmaintainer.library.journal import PlannedChange
from comicmaintainer.operations.changes.steps import (
    CreateStep,
    EditStep,
    FilingStep,
    Guard,
    MarkStep,
    MoveStep,
    Step,
    StepTools,
    WriteStep,
)


class ChangeType(StrEnum):
    """The types of change, as named in the journal and the API."""

    TAGS = "tags"
    PAGES = "pages"
    COMPACT = "compact"
    HEAL = "heal"
    REBUILD = "rebuild"
    RENAME = "rename"
    FILE = "file"
    RESTORE = "restore"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    TRASH = "trash"
    CONVERT = "convert"
    SERIES_JSON = "series-json"
    SIDECAR = "sidecar"
    SIDECAR_RENAME = "sidecar-rename"


@dataclass(frozen=True, slots=True)
class FileChange:
    """A change to the file at `source`, which moves it to `target` or makes that file.

    `step` carries it out. `notes` become part of the intent: they are what the catalogue needs at
    the item's end and after an undo.
    """

    type: ChangeType
    source: Path
    target: Path
    summary: Mapping[str, Any]
    step: Step
    notes: Mapping[str, Any] = field(default_factory=dict)

    def planned(self, job_id: str, seq: int) -> PlannedChange:
        """Return the row to store before the file is touched.

        Raises:
            FileMissing, StorageError: the file's identity can't be read.
        """
        return self._row(job_id, seq, {**self.step.intent(self.source), **self.notes})

    def noted(self, job_id: str, seq: int) -> PlannedChange:
        """Return the row with only the notes in its intent; the caller adds the step."""
        return self._row(job_id, seq, self.notes)

    def _row(self, job_id: str, seq: int, intent: Mapping[str, Any]) -> PlannedChange:
        source, target = str(self.source), str(self.target)
        return PlannedChange(
            kind=self.type,
            path_before=source,
            path_after=None if target == source else target,
            intent=intent,
            summary=self.summary,
            job_id=job_id,
            seq=seq,
        )

    async def apply(self, *, guard: Guard, tools: StepTools) -> dict[str, Any]:
        """Carry out the change; return the receipt.

        Raises:
            ComicMaintainerError: as the step, and whatever `guard` raises.
        """
        return await self.step.apply(self.source, self.target, guard=guard, tools=tools)


def written_by(changes: Iterable[FileChange]) -> Iterator[Path]:
    """Yield the paths that changes write; those that only mark a file write none."""
    for change in changes:
        if not isinstance(change.step, MarkStep):
            yield from (change.source, change.target)


def tag_change(
    fields: Sequence[FieldChange], unchanged: int, edit: Edit, replaced: Sequence[str] = ()
) -> FileChange:
    """New tags, written by `edit`.

    `replaced` are metadata files in a folder, or with other letter case, that are removed: the new
    ones are at the root, under their usual names.
    """
    shown = [{"field": f.field, "before": f.before, "after": f.after} for f in fields]
    summary = {"fields": shown, "unchanged": unchanged}
    return _edit(
        ChangeType.TAGS, edit, summary | ({"replaced": list(replaced)} if replaced else {})
    )


def page_change(
    edit: Edit,
    *,
    left: int,
    marked: Sequence[str],
    removed: Sequence[str],
    numbers: Sequence[int],
    marked_as: str | None = None,
) -> FileChange:
    """Pages marked as deleted, or removed; `left` is how many pages the archive has afterwards.

    `marked_as` is their new type if it is another. `numbers` are the former numbers of these pages,
    from 0, if their names are not unique.
    """
    lists = {"numbers": numbers, "marked": marked, "removed": removed}
    summary: dict[str, Any] = {name: list(values) for name, values in lists.items() if values}
    if marked_as is not None:
        summary["marked_as"] = marked_as
    return _edit(ChangeType.PAGES, edit, {"left": left, **summary})


def compact_change(dead_bytes: int, edit: Edit) -> FileChange:
    """The archive rewritten without its dead bytes."""
    return _edit(ChangeType.COMPACT, edit, {"dead_bytes": dead_bytes})


def heal_change(pages: Sequence[str], copy: Path, edit: Edit) -> FileChange:
    """Broken pages replaced from a sound copy."""
    return _edit(ChangeType.HEAL, edit, {"pages": list(pages), "copy": str(copy)})


def rebuild_change(
    edit: Edit,
    *,
    saved: int,
    added: Sequence[str],
    copy: Path | None,
    lost: Sequence[str],
    is_whole: bool | None,
    again: Sequence[str],
) -> FileChange:
    """A damaged archive rebuilt from its `saved` members and pages `added` from a copy.

    `again` are pages that shared the data of others and get their own. `lost` are the lost members,
    by name if known. `is_whole` says whether every page is there, None if unknown.
    """
    summary = {
        "saved": saved,
        "added": list(added),
        "copy": None if copy is None else str(copy),
        "lost": list(lost),
        "whole": is_whole,
        **({"again": list(again)} if again else {}),
    }
    return _edit(ChangeType.REBUILD, edit, summary)


def rename_change(source: Path, target: Path) -> FileChange:
    """A new path in the library."""
    return _move(ChangeType.RENAME, source, target)


def file_change(
    source: Path, target: Path, *, trash: Path | None = None, device: int = 0
) -> FileChange:
    """A comic of an inbox, filed in the library at `target`.

    To another disk, whose number is `device`, it is copied, and the original goes to `trash`.
    """
    if trash is None:
        return _move(ChangeType.FILE, source, target)
    summary = {"type": ChangeType.FILE, "from": str(source), "to": str(target), "copied": True}
    return FileChange(ChangeType.FILE, source, target, summary, FilingStep(trash, device))


def restore_change(source: Path, target: Path) -> FileChange:
    """A move back from the trash."""
    return _move(ChangeType.RESTORE, source, target)


def duplicate_change(
    source: Path,
    of: Path,
    target: Path | None,
    by: DuplicateBy = DuplicateBy.PAGES,
    *,
    kept: Path | None = None,
) -> FileChange:
    """A mark as another copy of `of`, with a move to `target` if duplicates have a folder.

    `by` is how it was found. `kept` is the copy that must stay while this one is moved.
    """
    summary = {"type": ChangeType.DUPLICATE, "of": str(of)}
    notes = {"of": str(of), "by": str(by)}
    if target is None:
        return FileChange(ChangeType.DUPLICATE, source, source, summary, MarkStep(), notes)
    summary |= {"from": str(source), "to": str(target)}
    return FileChange(ChangeType.DUPLICATE, source, target, summary, MoveStep(kept), notes)


def conflict_change(source: Path, other: Path, reason: str, *, is_compared: bool) -> FileChange:
    """A mark as in conflict with another comic, at `other`, that has the name it should get.

    The file stays where it is. `reason` is shown by the catalogue. Without `is_compared` the pages
    of the two can't be compared.
    """
    summary = {"type": ChangeType.CONFLICT, "with": str(other), "compared": is_compared}
    notes = {"with": str(other), "reason": reason}
    return FileChange(ChangeType.CONFLICT, source, source, summary, MarkStep(), notes)


def trash_change(
    source: Path, target: Path, reason: str, *, kept: Path | None = None
) -> FileChange:
    """A move to the trash of its root; `kept` is the copy that must stay instead."""
    summary = {"type": ChangeType.TRASH, "from": str(source), "reason": reason}
    notes = {"reason": reason}
    return FileChange(ChangeType.TRASH, source, target, summary, MoveStep(kept), notes)


def convert_change(
    source: Path,
    target: Path,
    *,
    format_name: str,
    pages: int,
    token: str,
    write: Callable[[Guard], object],
    keeps_pages: bool,
    tags_from: Sequence[str],
    left_out: Sequence[str],
) -> FileChange:
    """A CBZ with the same pages beside the file, which goes to the trash in a separate change.

    `write(guard)` makes it; `token` names its temporary file. With `keeps_pages` no page is
    re-encoded. `tags_from` are the sources whose tags go into its ComicInfo; `left_out` is what the
    CBZ will not contain.
    """
    summary = {
        "type": ChangeType.CONVERT,
        "from": str(source),
        "to": str(target),
        "format": format_name,
        "pages": pages,
        **({"tags_from": list(tags_from)} if tags_from else {}),
        **({"left_out": list(left_out)} if left_out else {}),
    }
    step = CreateStep(token, write, keeps_pages)
    return FileChange(ChangeType.CONVERT, source, target, summary, step)


def series_json_change(
    path: Path, before: bytes | None, new: NewSeriesJson, comic: Path
) -> FileChange:
    """A new or other `series.json` at `path`, for the item of `comic`, which lies beside it.

    `before` is its content, None if there is no file.
    """
    shown = [{"field": c.key, "before": c.before, "after": c.after} for c in new.changes]
    summary = {"type": ChangeType.SERIES_JSON, "file": str(path), "fields": shown}
    step = WriteStep(before, new.content)
    return FileChange(ChangeType.SERIES_JSON, path, path, summary, step, {"beside": str(comic)})


def sidecar_change(
    path: Path,
    before: bytes | None,
    content: bytes,
    fields: Sequence[FieldChange],
    comic: Path,
) -> FileChange:
    """New or other tags in an XML file at `path`, which lies beside `comic`.

    `before` is its content, None if there is no file.
    """
    shown = [{"field": f.field, "before": f.before, "after": f.after} for f in fields]
    summary = {"type": ChangeType.SIDECAR, "file": str(path), "fields": shown}
    step = WriteStep(before, content, of_comic=comic)
    return FileChange(ChangeType.SIDECAR, path, path, summary, step, {"beside": str(comic)})


def sidecar_rename_change(source: Path, target: Path, comic: Path) -> FileChange:
    """A new path for the XML file that lies beside `comic`, which gets a new path as well."""
    change = _move(ChangeType.SIDECAR_RENAME, source, target)
    return replace(change, notes={"beside": str(comic)})


def _edit(kind: ChangeType, edit: Edit, summary: Mapping[str, Any]) -> FileChange:
    return FileChange(kind, edit.path, edit.path, {"type": kind, **summary}, EditStep(edit))


def _move(kind: ChangeType, source: Path, target: Path) -> FileChange:
    summary = {"type": kind, "from": str(source), "to": str(target)}
    return FileChange(kind, source, target, summary, MoveStep())
