"""The register of metadata fields: names, aliases, labels, kinds, and setting of values.

Used by the command line, the API, rules and templates. A field's JSON value is a string, a
number, a boolean, or a list of strings or objects; empty fields are left out.
Roles ("writer", "penciller", ...) can be set like fields; they are stored in `credits`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from comicmaintainer.comics.metadata.field_values import VALUE_KINDS, FieldKind, to_json
from comicmaintainer.comics.metadata.model import ComicMetadata, Credit
from comicmaintainer.comics.metadata.text import split_list
from comicmaintainer.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Field:
    """One field of `ComicMetadata`; `aliases` are accepted wherever `name` is."""

    name: str
    label: str
    kind: FieldKind = FieldKind.LINE
    aliases: tuple[str, ...] = ()
    low: int = 0
    high: int = 2**31 - 1


_K = FieldKind

FIELDS: tuple[Field, ...] = (
    Field("series", "Series"),
    Field("issue", "Number", aliases=("number", "chapter")),
    Field("title", "Title"),
    Field("volume", "Volume", _K.WHOLE),
    Field("count", "Issues in series", _K.WHOLE, aliases=("issue_count",)),
    Field("year", "Year", _K.WHOLE, low=1, high=9999),
    Field("month", "Month", _K.WHOLE, low=1, high=12),
    Field("day", "Day", _K.WHOLE, low=1, high=31),
    Field("publisher", "Publisher"),
    Field("imprint", "Imprint"),
    Field("summary", "Summary", _K.TEXT, ("description",)),
    Field("notes", "Notes", _K.TEXT),
    Field("review", "Review", _K.TEXT),
    Field("credits", "Credits", _K.CREDITS),
    Field("genres", "Genres", _K.LIST, ("genre",)),
    Field("tags", "Tags", _K.LIST, ("tag",)),
    Field("characters", "Characters", _K.LIST),
    Field("teams", "Teams", _K.LIST),
    Field("locations", "Locations", _K.LIST),
    Field("main_character", "Main character or team"),
    Field("story_arcs", "Story arcs", _K.STORY_ARCS, ("story_arc",)),
    Field("series_groups", "Series groups", _K.LIST, ("series_group",)),
    Field("alternate_series", "Alternate series"),
    Field("alternate_issue", "Alternate number", aliases=("alternate_number",)),
    Field("alternate_count", "Alternate count", _K.WHOLE),
    Field("language", "Language", _K.LANGUAGE, ("language_iso", "lang")),
    Field("format", "Format"),
    Field("age_rating", "Age rating"),
    Field("community_rating", "Community rating", _K.RATING, ("rating",)),
    Field("manga", "Manga", _K.MANGA),
    Field("black_and_white", "Black and white", _K.YES_NO),
    Field("web", "Web", _K.ADDRESSES, ("url", "urls")),
    Field("gtin", "GTIN or ISBN", aliases=("isbn", "ean")),
    Field("upc", "UPC"),
    Field("scan_information", "Scan information", aliases=("scan_info",)),
    Field("page_count", "Page count", _K.WHOLE),
    Field("pages", "Pages", _K.PAGES),
    Field("identifiers", "Identifiers", _K.IDENTIFIERS, ("ids",)),
    Field("collection_title", "Collection title"),
    Field("manga_volume", "Manga volume"),
    Field("series_sort_name", "Series, for sorting", aliases=("sort_series",)),
    Field("series_start_year", "First year of the series", _K.WHOLE, low=1, high=9999),
    Field("volume_count", "Volumes in series", _K.WHOLE),
    Field("alternative_names", "Other names of the series", _K.ALTERNATIVE_NAMES),
    Field("universes", "Universes", _K.UNIVERSES),
    Field("reprints", "Reprints", _K.LIST),
    Field("prices", "Prices", _K.PRICES),
    Field("store_date", "In shops since", _K.DATE),
    Field("last_modified", "Tags last modified"),
    Field("rating_count", "Number of ratings", _K.WHOLE, low=1),
)

# A role that can be set like a field -> its name in `credits`.
ROLE_FIELDS: Mapping[str, str] = {
    "writer": "Writer",
    "penciller": "Penciller",
    "inker": "Inker",
    "colorist": "Colorist",
    "letterer": "Letterer",
    "cover_artist": "CoverArtist",
    "editor": "Editor",
    "translator": "Translator",
}

_NAMES = tuple(field.name for field in FIELDS)
_BY_NAME: Mapping[str, Field] = {
    name: field for field in FIELDS for name in (field.name, *field.aliases)
}


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One changed field with its JSON values; `None` is an empty field."""

    field: str
    before: Any
    after: Any


def field_named(name: str) -> Field:
    """Return the field with this name or alias; case is ignored, and "-" equals "_".

    Raises: InvalidInput with the known names.
    """
    field = _BY_NAME.get(_key(name))
    if field is None:
        known = ", ".join([*(field.name for field in FIELDS), *ROLE_FIELDS])
        raise InvalidInput(f"There is no metadata field '{name}'. Known fields: {known}.")
    return field


def set_field(metadata: ComicMetadata, name: str, value: object) -> ComicMetadata:
    """Return `metadata` with one field set to a JSON value or to typed text.

    An empty text, an empty list or `None` clears the field. Lists are separated by commas,
    addresses by spaces; credits are `Name (Role, Role); Name (Role)`, arcs `Name:4, Name`.

    Raises: InvalidInput with the field, the value and the allowed values.
    """
    role = ROLE_FIELDS.get(_key(name))
    if role is not None:
        return metadata.with_values(credits=_with_role(metadata.credits, role, value, _key(name)))
    field = field_named(name)
    return metadata.with_values(**{field.name: _parsed(field, value)})


def parse_assignments(assignments: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Read `["series=Foo", "number=71.4"]` into pairs of canonical name and text.

    Raises: InvalidInput for a missing "=", an unknown field or an invalid value.
    """
    pairs = []
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals:
            raise InvalidInput(f"'{assignment}' is not an assignment; write field=value.")
        name = _key(name) if _key(name) in ROLE_FIELDS else field_named(name).name
        set_field(ComicMetadata(), name, value)
        pairs.append((name, value))
    return tuple(pairs)


def to_dict(metadata: ComicMetadata) -> dict[str, Any]:
    """The non-empty fields as JSON values, in the register's order."""
    values = metadata.non_empty()
    return {name: to_json(values[name]) for name in _NAMES if name in values}


def from_dict(values: Mapping[str, object]) -> ComicMetadata:
    """The reverse of `to_dict`; accepts aliases and texts like `set_field`.

    Raises: InvalidInput naming the field, the value and what is allowed.
    """
    metadata = ComicMetadata()
    for name, value in values.items():
        metadata = set_field(metadata, name, value)
    return metadata


def diff(before: ComicMetadata, after: ComicMetadata) -> tuple[FieldChange, ...]:
    """The fields that differ, in the register's order, as JSON values."""
    changes = []
    for field in FIELDS:
        old, new = getattr(before, field.name), getattr(after, field.name)
        if old != new:
            changes.append(FieldChange(field.name, _shown(old), _shown(new)))
    return tuple(changes)


def _shown(value: object) -> Any:
    return None if value is None or value == () else to_json(value)


@lru_cache(maxsize=512)
def _key(name: str) -> str:
    return name.strip().casefold().replace("-", "_").replace(" ", "_")


def _parsed(field: Field, value: object) -> Any:
    kind = VALUE_KINDS[field.kind]
    if value is None or value == "" or value == [] or value == ():
        return kind.empty
    try:
        parsed = kind.parse(value)
    except (ValueError, TypeError) as error:
        raise InvalidInput(
            f"{field.label} can't be {_brief(value)}: {error}.", field=field.name
        ) from error
    if field.kind is FieldKind.WHOLE and not field.low <= parsed <= field.high:
        raise InvalidInput(
            f"{field.label} can't be {parsed}: allowed are {field.low} to {field.high}.",
            field=field.name,
        )
    return parsed


def _brief(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _with_role(
    credits_before: Iterable[Credit], role: str, value: object, field: str
) -> tuple[Credit, ...]:
    """Give `role` to exactly the named people; other roles and their order stay."""
    if value is not None and not isinstance(value, str | list | tuple):
        raise InvalidInput(
            f"{role} can't be {_brief(value)}: names are text or a list of texts.",
            field=field,
        )
    names = ",".join(str(name) for name in value) if isinstance(value, list | tuple) else value
    people = dict.fromkeys(split_list(names or ""))
    result = []
    for credit in credits_before:
        has_role = role in credit.roles
        if credit.person in people:
            del people[credit.person]
            result.append(credit if has_role else Credit(credit.person, (*credit.roles, role)))
        elif not has_role:
            result.append(credit)
        elif others := tuple(other for other in credit.roles if other != role):
            result.append(Credit(credit.person, others))
    result.extend(Credit(person, (role,)) for person in people)
    return tuple(result)
