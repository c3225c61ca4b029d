"""Reads the metadata of an archive from every source, merges it, and plans writing it back.

Used by the worker's operations (this module needs lxml). Precedence, highest first: ComicInfo,
because comic readers show it and people edit it; MetronInfo; ComicBookInfo; CoMet; a PDF's
information, because word processors fill it with arbitrary text.
Each field comes from the first source that has it, except that a lower source with the same value
in more detail wins (MetronInfo's "Plot" is ComicInfo's "Writer").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from comicmaintainer.comics.metadata import comicinfo, metroninfo
from comicmaintainer.comics.metadata.comet import read_comet
from comicmaintainer.comics.metadata.comicbookinfo import (
    WHERE,
    holds_comicbookinfo,
    read_comicbookinfo,
)
from comicmaintainer.comics.metadata.members import (
    COMET,
    COMICBOOKINFO,
    COMICINFO,
    METADATA_MEMBERS,
    METRONINFO,
    PDF_INFORMATION,
    WRITABLE_FORMATS,
    find_members,
    format_of,
)
from comicmaintainer.comics.metadata.model import NO_METADATA, ComicMetadata, PageInfo
from comicmaintainer.comics.metadata.pdf_information import read_pdf_information
from comicmaintainer.errors import InvalidInput, MalformedMetadata

PRECEDENCE: tuple[str, ...] = (COMICINFO, METRONINFO, COMICBOOKINFO, COMET, PDF_INFORMATION)

_READERS: Mapping[str, Callable[[bytes, str], ComicMetadata]] = {
    COMICINFO: comicinfo.read_comicinfo,
    METRONINFO: metroninfo.read_metroninfo,
    COMICBOOKINFO: lambda comment, _: read_comicbookinfo(comment),
    COMET: read_comet,
}


@dataclass(frozen=True, slots=True)
class MetadataSources:
    """The metadata of an archive.

    `by_format` has an entry for each source that could be read, in order of precedence;
    `problems` has one error for each that could not.
    """

    merged: ComicMetadata
    by_format: Mapping[str, ComicMetadata]
    problems: tuple[MalformedMetadata, ...] = ()

    def require_sound(self) -> None:
        """Raises: MalformedMetadata, the first problem, if there is any."""
        if self.problems:
            raise self.problems[0]


def read_metadata(
    members: Mapping[str, bytes],
    comment: bytes = b"",
    information: Mapping[str, str] | None = None,
) -> MetadataSources:
    """Read metadata members (name in the archive -> content), comment, and a PDF's information.

    Other members are ignored; `find_members` chooses among several of one format. Errors in an
    archive's content are never raised, but listed in `problems`.
    """
    documents = {
        format_id: (name, members[name]) for format_id, name in find_members(members).items()
    }
    if holds_comicbookinfo(comment):
        documents[COMICBOOKINFO] = (WHERE, comment)
    by_format: dict[str, ComicMetadata] = {}
    problems: list[MalformedMetadata] = []
    for format_id in PRECEDENCE:
        if format_id not in documents:
            continue
        name, data = documents[format_id]
        try:
            by_format[format_id] = _READERS[format_id](data, name)
        except MalformedMetadata as error:
            problems.append(error)
    if information:
        try:
            pdf_metadata = read_pdf_information(information)
        except MalformedMetadata as error:
            problems.append(error)
        else:
            if pdf_metadata != NO_METADATA:
                by_format[PDF_INFORMATION] = pdf_metadata
    return MetadataSources(merge(by_format), by_format, tuple(problems))


def merge(by_format: Mapping[str, ComicMetadata]) -> ComicMetadata:
    """Merge the formats' metadata by `PRECEDENCE`."""
    present = [by_format[format_id] for format_id in PRECEDENCE if format_id in by_format]
    if len(present) <= 1:
        return present[0] if present else NO_METADATA
    values: dict[str, Any] = {}
    for field in fields(ComicMetadata):
        candidates = [getattr(metadata, field.name) for metadata in present]
        candidates = [value for value in candidates if value is not None and value != ()]
        if candidates:
            values[field.name] = candidates[0]
    if COMICINFO in by_format and METRONINFO in by_format:
        values |= _in_more_detail(by_format[COMICINFO], by_format[METRONINFO])
    merged = ComicMetadata(**values)
    return merged.with_values(day=None) if _stands_for_month(merged, by_format) else merged


def _stands_for_month(merged: ComicMetadata, by_format: Mapping[str, ComicMetadata]) -> bool:
    """Whether the day is the 1st because MetronInfo knows only the month.

    MetronInfo cannot omit the day; another source with the same month has no day.
    """
    present = [name for name in PRECEDENCE if name in by_format]
    source = next((name for name in present if by_format[name].day is not None), None)
    if source != METRONINFO or merged.day != 1 or merged.month is None:
        return False
    return any(
        (by_format[name].year, by_format[name].month) == (merged.year, merged.month)
        for name in present
        if by_format[name].day is None
    )


def _in_more_detail(coarse: ComicMetadata, fine: ComicMetadata) -> dict[str, Any]:
    """The fields of `fine` that are equal to those of `coarse` once written as ComicInfo."""
    better = {}
    for field in comicinfo.FIELDS_CARRIED - {"pages"}:
        coarse_value, fine_value = getattr(coarse, field), getattr(fine, field)
        if fine_value in (None, (), coarse_value) or coarse_value in (None, ()):
            continue
        if comicinfo.encoded_fields(coarse, field) == comicinfo.encoded_fields(fine, field):
            better[field] = fine_value
    return better


def updated_members(
    existing: Mapping[str, bytes],
    metadata: ComicMetadata,
    formats: Iterable[str],
    *,
    pages: Sequence[PageInfo] = (),
    replace_malformed: bool = False,
    misplaced: Iterable[str] = (),
) -> Mapping[str, bytes | None]:
    """The members to change so that the archive has `metadata` in `formats`.

    `metadata` is complete: a field that is empty in it is removed. Members are written at the root
    under their usual names; their earlier member, and those of `misplaced` in the same format, are
    removed (None). `pages` become ComicInfo's page list. Other formats stay unchanged.

    Raises: MalformedMetadata for a member that can't be parsed, unless `replace_malformed`;
    InvalidInput for a format that can't be written.
    """
    present = find_members(existing)
    if pages:
        metadata = metadata.with_values(page_count=len(pages))
    changed: dict[str, bytes | None] = {}
    for name in formats:
        if name not in WRITABLE_FORMATS:
            allowed = ", ".join(WRITABLE_FORMATS)
            raise InvalidInput(f"There is no format '{name}' to write: allowed are {allowed}.")
        format_id, version, _ = WRITABLE_FORMATS[name]
        usual = METADATA_MEMBERS[format_id]
        member = present.get(format_id, usual)
        before = existing.get(member)
        try:
            after = _write(format_id, version, before, metadata, pages, member)
        except MalformedMetadata:
            if not replace_malformed:
                raise
            after = _write(format_id, version, None, metadata, pages, member)
        if after != before or member != usual:
            removed = {member, *(each for each in misplaced if format_of(each) == format_id)}
            changed |= dict.fromkeys(sorted(removed - {usual}))
            changed[usual] = after
    return changed


def with_changes(
    existing: Mapping[str, bytes], changed: Mapping[str, bytes | None]
) -> dict[str, bytes]:
    """The members after a change."""
    return {
        name: content for name, content in {**existing, **changed}.items() if content is not None
    }


def _write(
    format_id: str,
    version: str,
    before: bytes | None,
    metadata: ComicMetadata,
    pages: Sequence[PageInfo],
    member: str,
) -> bytes:
    if format_id == METRONINFO:
        return metroninfo.write_metroninfo(before, metadata, version=version, member=member)
    return comicinfo.write_comicinfo(before, metadata, pages, version=version, member=member)
