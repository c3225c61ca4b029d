"""The values for a comic's fields in its file name and folders.

Used by the derivation, which decides how much of them counts: a name made from the tags has no
new information.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from comicmaintainer.comics.filename.model import ParsedFilename
from comicmaintainer.comics.folders import FolderFacts
from comicmaintainer.comics.issue_numbers import without_leading_zeros
from comicmaintainer.comics.metadata.model import ComicMetadata
from comicmaintainer.comics.naming.spelling import fuller, respelled
from comicmaintainer.comics.rules.rules import FILENAME_ATTRIBUTES, Source

RESPELLED = f"{Source.FILENAME}, spelled as in the folder"
"""The reason for a series with the spelling of the folder or the files beside it."""
RESPELLED_FOLDER = f"{Source.FOLDER}, spelled as in its files"
"""The reason for a folder's series with a spelling that a folder's name cannot contain."""

NAME_REASONS = frozenset({str(Source.FILENAME), RESPELLED})

# MetronInfo and names can have volumes that are not whole numbers, ComicInfo can't.
_VOLUME_TEXT = re.compile(r"\d+(?:\.\d+)?(?:\s*[-–]\s*\d+(?:\.\d+)?)|\d+\.\d+")

Spellings = Callable[[str], Mapping[str, int]]
"""Spelling of a series -> how many files of the comic's folder use it."""


def no_spellings(_series: str) -> Mapping[str, int]:
    """No spellings, for a comic without known files beside it."""
    return {}


@dataclass(frozen=True, slots=True)
class Finding:
    """A value for a field, and its source."""

    field: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class IdentifiedIssue:
    """What is stored of the issue that a comic was identified as, and who says it ("comicvine")."""

    source: str
    metadata: ComicMetadata


@dataclass(frozen=True, slots=True)
class Evidence:
    """The name and the folders, to the extent that they count.

    `name` is the parsed `file_name`, None if the name does not count; only `fields` of it count,
    None for all. `folders` is None if there are none. An own name, or own folders, were made from
    the comic's tags, so a field that has a tag keeps it. `known_series` is the series of the tags
    if the rules keep it. `identified` counts whatever the name is.
    """

    name: ParsedFilename | None
    folders: FolderFacts | None
    file_name: str = ""
    fields: frozenset[str] | None = None
    is_own_name: bool = False
    has_own_folders: bool = False
    known_series: str | None = None
    spellings: Spellings = no_spellings
    identified: IdentifiedIssue | None = None

    def confirms_tags(self, source: Source) -> bool:
        """Whether the source was made from the tags."""
        return (source is Source.FILENAME and self.is_own_name) or (
            source is Source.FOLDER and self.has_own_folders
        )

    def find(
        self, source: Source, field: str, tag: str | None, repeated: frozenset[str]
    ) -> Finding | None:
        """Find the field's value in one source.

        `tag` is the value to overwrite, None if the tags have none. Fields in `repeated`
        only repeat a text of the tags.
        """
        value = self._value(source, field, repeated if tag is None else frozenset())
        if not value:
            return None
        if field == "series":
            return self._spelled(source, value, tag)
        if field == "volume" and _VOLUME_TEXT.fullmatch(value):
            return Finding("manga_volume", value, source)
        return Finding(field, value, source)

    def _value(self, source: Source, field: str, repeated: frozenset[str]) -> str | None:
        attribute = FILENAME_ATTRIBUTES.get(field, "")
        value: str | None = getattr(self.name, attribute, None)
        is_from_folder = self.name is not None and attribute in self.name.from_folder
        if source is Source.FOLDER:
            if self.folders is None or self.has_own_folders:
                return None
            is_new = is_from_folder and not self.is_own_name
            if value is None or not is_new or value in (self.known_series or ""):
                value = None
            return getattr(self.folders, field, None) or value
        if self.name is None or value is None or is_from_folder or attribute in repeated:
            return None
        if self.fields is not None and field not in self.fields:
            return None
        if field != "issue":
            return value
        # "Rain v01 (2019)" is the book, not its first issue.
        return None if self.name.issue_from_volume else without_leading_zeros(value)

    def _spelled(self, source: Source, series: str, tag: str | None) -> Finding:
        beside = self.spellings(series) if tag is None else {tag: 1}
        if source is Source.FILENAME:
            folder = None if self.folders is None or self.has_own_folders else self.folders.series
            spelled = respelled(series, folder, beside)
            return Finding("series", spelled or series, RESPELLED if spelled else source)
        named = self._value(Source.FILENAME, "series", frozenset())
        if named is not None and fuller(series, [named]) == named != series:
            return Finding("series", named, Source.FILENAME)
        spelled = fuller(series, sorted(beside, key=lambda name: (-beside[name], name)))
        return Finding("series", spelled, source if spelled == series else RESPELLED_FOLDER)
