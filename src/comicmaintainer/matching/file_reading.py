"""Makes `FileFacts` of what a comic's name, folders and tags say.

Tags come before the name, and the name before the folders; but all years are kept, since tags and
names that differ should not decide alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from comicmaintainer.comics.filename.model import ParsedFilename, PieceRole
from comicmaintainer.comics.folders import FolderFacts, read_folders
from comicmaintainer.comics.metadata.model import ComicMetadata
from comicmaintainer.matching.identifiers import issue_ids, series_ids
from comicmaintainer.matching.model import FileFacts

FIRST_YEAR = 1000
"""A volume from here on is a year."""
_NO_IDS: Mapping[str, str] = MappingProxyType({})
_NO_TAGS = ComicMetadata()


def file_facts(
    key: str,
    folders: tuple[str, ...],
    name: ParsedFilename,
    metadata: ComicMetadata | None = None,
    page_count: int | None = None,
    *,
    known_series_ids: Mapping[str, str] = _NO_IDS,
) -> FileFacts:
    """What the comic says of itself.

    `folders` are the names from the library's root (exclusive) down to its own; `name` is parsed
    with them. `known_series_ids` are the ids by source that `cvinfo` or `series.json` beside
    it give.
    """
    tags = metadata or _NO_TAGS
    above = read_folders(folders) if folders else FolderFacts()
    volume, volume_year = _volume_and_year(tags, name)
    return FileFacts(
        key=key,
        folder="/".join(folders),
        series=tags.series or name.series or above.series,
        number=tags.issue or name.issue,
        title=tags.title or name.title,
        volume=volume,
        years=_years(tags, name),
        start_year=tags.series_start_year or volume_year or _year_before_number(name),
        count=tags.count or _number(name.issue_count),
        publisher=tags.publisher or name.publisher or above.publisher,
        format=tags.format or name.format,
        language=tags.language or name.language,
        page_count=page_count or tags.page_count,
        issue_ids=issue_ids(tags) if metadata is not None else _NO_IDS,
        series_ids=series_ids(tags, folders, known_series_ids),
    )


def _volume_and_year(tags: ComicMetadata, name: ParsedFilename) -> tuple[int | None, int | None]:
    """The volume, and the year that the series began if the volume is one."""
    volume = tags.volume if tags.volume is not None else _number(name.volume)
    if volume is not None and volume >= FIRST_YEAR:
        return None, volume
    return volume, None


def _years(tags: ComicMetadata, name: ParsedFilename) -> tuple[int, ...]:
    """The cover years, that of the tags first; a folder's year is that of the series."""
    named = None if "year" in name.from_folder else _number(name.year)
    if named is not None and named == _year_before_number(name):
        named = None
    return tuple(dict.fromkeys(year for year in (tags.year, named) if year))


def _year_before_number(name: ParsedFilename) -> int | None:
    """The year in "Harbour Lights (2016) 003", which is that of the series."""
    year = None
    for piece in name.explanation:
        if piece.role is PieceRole.YEAR or piece.role is PieceRole.DATE:
            year = piece.text
        elif piece.role is PieceRole.ISSUE:
            return _number(year)
    return None


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdecimal() else None
