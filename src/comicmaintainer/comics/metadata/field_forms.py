"""What a form needs to know of each field: its section, its input, and the values to choose from.

Used by the web API; no XML library is needed. Closed lists and suggestions are the enumerations of
the published schemas, in their order: `AgeRating`, `Manga` and `YesNo` of ComicInfo 2.1
(github.com/anansi-project/comicinfo, drafts/v2.1/ComicInfo.xsd), `formatType` of MetronInfo 1.0
(github.com/Metron-Project/metroninfo, schema/v1.0/MetronInfo.xsd). `LanguageISO` and MetronInfo's
`languageCode` take the codes of ISO 639-1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from comicmaintainer.comics.metadata.field_values import FieldKind
from comicmaintainer.comics.metadata.fields import FIELDS, ROLE_FIELDS, Field
from comicmaintainer.comics.metadata.members import COMICINFO, METRONINFO
from comicmaintainer.comics.metadata.model import Manga
from comicmaintainer.comics.metadata.vocabulary import (
    COMICINFO_AGE_RATINGS,
    LANGUAGES,
    METRON_FORMATS,
)
from comicmaintainer.texts.current import marked


class Section(StrEnum):
    """The sections of the form, in order, by the words of their headings."""

    ISSUE = marked("Issue")
    STORY = marked("Story")
    PEOPLE = marked("People")
    EDITION = marked("Edition")
    SERIES = marked("Series")
    NOTES = marked("Notes and numbers")


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a closed list, and what it is called."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class FieldForm:
    """One field of the form.

    `choices` are all values that are allowed; `suggestions` only help. `formats` are those that
    have a place for it. A field `is_of_file` if only the archive itself tells it: nobody edits it.
    """

    name: str
    label: str
    kind: FieldKind
    section: Section
    hint: str = ""
    low: int | None = None
    high: int | None = None
    choices: Sequence[Choice] = ()
    suggestions: Sequence[str] = ()
    formats: Sequence[str] = (COMICINFO, METRONINFO)
    is_of_file: bool = False


_SECTIONS: Mapping[Section, Sequence[str]] = {
    Section.ISSUE: (
        "series", "issue", "title", "volume", "year", "month", "day", "publisher", "imprint",
        "count", "summary",
    ),
    Section.STORY: (
        "genres", "tags", "story_arcs", "characters", "teams", "locations", "main_character",
        "universes",
    ),
    Section.PEOPLE: (*ROLE_FIELDS, "credits"),
    Section.EDITION: (
        "format", "language", "manga", "age_rating", "black_and_white", "community_rating",
        "rating_count", "collection_title", "manga_volume", "reprints", "prices", "store_date",
    ),
    Section.SERIES: (
        "series_groups", "alternate_series", "alternate_issue", "alternate_count",
        "series_sort_name", "series_start_year", "volume_count", "alternative_names",
    ),
    Section.NOTES: (
        "web", "gtin", "upc", "identifiers", "scan_information", "review", "notes", "page_count",
        "pages", "last_modified",
    ),
}  # fmt: skip

_OF_FILE = frozenset({"pages", "page_count", "last_modified"})

ONLY_METRONINFO = frozenset(
    {
        "alternative_names", "collection_title", "identifiers", "last_modified", "manga_volume",
        "prices", "rating_count", "reprints", "series_sort_name", "series_start_year",
        "store_date", "universes", "upc", "volume_count",
    }
)  # fmt: skip

_LIST_HINT = "Separated by commas"
_HINTS: Mapping[str, str] = {
    "credits": "Name (Role, Role); Name (Role)",
    "story_arcs": "Name:place, such as Storm:4, Calm",
    "web": "Addresses, separated by spaces",
    "identifiers": "Source: id; Source: id",
    "alternative_names": "Name (language); Name",
    "universes": "Name (designation); Name",
    "prices": "Amount and country, such as 3.99 US; 4.99 CA",
    "store_date": "Such as 2024-05-31",
    "community_rating": "From 0 to 5",
    "language": "A code, such as en or pt-BR",
}

_MANGA_LABELS: Mapping[Manga, str] = {Manga.YES_RIGHT_TO_LEFT: "Yes, read right to left"}
_CHOICES: Mapping[str, Sequence[Choice]] = {
    "age_rating": [Choice(name, name) for name in sorted(COMICINFO_AGE_RATINGS)],
    "manga": [Choice(each.value, _MANGA_LABELS.get(each, each.value)) for each in Manga],
    "black_and_white": [Choice("yes", "Yes"), Choice("no", "No")],
}
_SUGGESTIONS: Mapping[str, Sequence[str]] = {
    "format": sorted(METRON_FORMATS),
    "language": LANGUAGES,
}


def field_forms() -> Sequence[FieldForm]:
    """Return the fields and roles in the order of the form, section by section."""
    known = {field.name: field for field in FIELDS}
    return [
        _form_of(known.get(name) or _role_field(name), section)
        for section, names in _SECTIONS.items()
        for name in names
    ]


def _role_field(name: str) -> Field:
    return Field(name, name.replace("_", " ").capitalize(), FieldKind.LIST)


def _form_of(field: Field, section: Section) -> FieldForm:
    is_whole = field.kind is FieldKind.WHOLE
    is_list = field.kind is FieldKind.LIST
    return FieldForm(
        name=field.name,
        label=field.label,
        kind=field.kind,
        section=section,
        hint=_HINTS.get(field.name, _LIST_HINT if is_list else ""),
        low=field.low if is_whole else None,
        high=field.high if is_whole else None,
        choices=_CHOICES.get(field.name, ()),
        suggestions=_SUGGESTIONS.get(field.name, ()),
        formats=(METRONINFO,) if field.name in ONLY_METRONINFO else (COMICINFO, METRONINFO),
        is_of_file=field.name in _OF_FILE,
    )
