"""ComicInfo.xml 1.0, 2.0 and 2.1: the declaration of its elements, its reader and its writer.

Source of the format: the schemas at github.com/anansi-project/comicinfo. Writing edits the
existing document: only elements whose meaning changes are touched, unknown elements,
attributes and comments stay, and known elements are put in the schema's sequence. A document
whose meaning does not change is returned byte for byte.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from comicmaintainer.comics.metadata import xmltree
from comicmaintainer.comics.metadata.codecs import (
    ADDRESSES,
    KEEP,
    LINE,
    LIST,
    MANGA,
    MANGA_YES_NO,
    TEXT,
    WHOLE,
    YES_NO,
    Codec,
    Encoded,
    rating_codec,
    vocabulary_codec,
)
from comicmaintainer.comics.metadata.comicinfo_pages import decode_pages, edit_pages
from comicmaintainer.comics.metadata.document_limits import within_limits
from comicmaintainer.comics.metadata.model import (
    NO_METADATA,
    ComicMetadata,
    Credit,
    PageInfo,
    StoryArc,
)
from comicmaintainer.comics.metadata.text import clean_line, join_list, split_list
from comicmaintainer.comics.metadata.vocabulary import (
    COMICINFO_AGE_RATINGS,
    COMICINFO_ROLES,
    METRON_TO_COMICINFO_AGE,
)

MEMBER = "ComicInfo.xml"
_ROOT = "ComicInfo"
_RATING_2_DIGITS = rating_codec(2)
_RATING_1_DIGIT = rating_codec(1)
_AGE = vocabulary_codec(COMICINFO_AGE_RATINGS, METRON_TO_COMICINFO_AGE)


def _decode_names(text: str) -> tuple[str, ...]:
    return split_list(text)


def _role_codec(element: str) -> Codec:
    """The people with one role among all credits, including other formats' names for the role."""
    counted = frozenset(COMICINFO_ROLES[element])

    def encode(credits_: tuple[Credit, ...]) -> Encoded:
        people = (
            credit.person
            for credit in credits_
            if any(role.casefold() in counted for role in credit.roles)
        )
        return join_list(people) or None

    return Codec(_decode_names, encode)


def _single_arcs(arcs: tuple[StoryArc, ...]) -> dict[str, str]:
    """Name to number ("" for none); names with a comma are split."""
    single: dict[str, str] = {}
    for arc in arcs:
        for name in split_list(arc.name):
            single.setdefault(name, clean_line((arc.number or "").replace(",", " ")))
    return single


def _encode_arc_names(arcs: tuple[StoryArc, ...]) -> Encoded:
    return ", ".join(_single_arcs(arcs)) or None


def _encode_arc_numbers(arcs: tuple[StoryArc, ...]) -> Encoded:
    numbers = list(_single_arcs(arcs).values())
    return ",".join(numbers) if any(numbers) else None


def _decode_arc_numbers(text: str) -> tuple[str, ...]:
    return tuple(clean_line(number) for number in text.split(","))


@dataclass(frozen=True, slots=True)
class Element:
    """One element, its field and codec, and the first version of the format that has it."""

    name: str
    field: str
    codec: Codec
    since: str = "1.0"


ELEMENTS: tuple[Element, ...] = (
    Element("Title", "title", LINE),
    Element("Series", "series", LINE),
    Element("Number", "issue", LINE),
    Element("Count", "count", WHOLE),
    Element("Volume", "volume", WHOLE),
    Element("AlternateSeries", "alternate_series", LINE),
    Element("AlternateNumber", "alternate_issue", LINE),
    Element("AlternateCount", "alternate_count", WHOLE),
    Element("Summary", "summary", TEXT),
    Element("Notes", "notes", TEXT),
    Element("Year", "year", WHOLE),
    Element("Month", "month", WHOLE),
    Element("Day", "day", WHOLE, "2.0"),
    *(
        Element(role, "credits", _role_codec(role), "2.1" if role == "Translator" else "1.0")
        for role in COMICINFO_ROLES
    ),
    Element("Publisher", "publisher", LINE),
    Element("Imprint", "imprint", LINE),
    Element("Genre", "genres", LIST),
    Element("Tags", "tags", LIST, "2.1"),
    Element("Web", "web", ADDRESSES),
    Element("PageCount", "page_count", WHOLE),
    Element("LanguageISO", "language", LINE),
    Element("Format", "format", LINE),
    Element("BlackAndWhite", "black_and_white", YES_NO),
    Element("Manga", "manga", MANGA),
    Element("Characters", "characters", LIST, "2.0"),
    Element("Teams", "teams", LIST, "2.0"),
    Element("Locations", "locations", LIST, "2.0"),
    Element("ScanInformation", "scan_information", LINE, "2.0"),
    Element("StoryArc", "story_arcs", Codec(_decode_names, _encode_arc_names), "2.0"),
    Element("StoryArcNumber", "story_arcs", Codec(_decode_arc_numbers, _encode_arc_numbers), "2.1"),
    Element("SeriesGroup", "series_groups", LIST, "2.0"),
    Element("AgeRating", "age_rating", _AGE, "2.0"),
    Element("CommunityRating", "community_rating", _RATING_1_DIGIT, "2.0"),
    Element("MainCharacterOrTeam", "main_character", LINE, "2.0"),
    Element("Review", "review", TEXT, "2.0"),
    Element("GTIN", "gtin", LINE, "2.1"),
)

# Codecs of older versions, where they differ.
_OLDER_CODECS: Mapping[tuple[str, str], Codec] = {
    ("1.0", "Manga"): MANGA_YES_NO,
    ("2.0", "CommunityRating"): _RATING_2_DIGITS,
}

_PAGE_ATTRIBUTES_SINCE_2 = frozenset({"Bookmark"})
_PAGES_BEFORE = "CommunityRating"
_NAMES = [element.name for element in ELEMENTS]
SEQUENCE: tuple[str, ...] = (
    *_NAMES[: _NAMES.index(_PAGES_BEFORE)],
    "Pages",
    *_NAMES[_NAMES.index(_PAGES_BEFORE) :],
)
_BY_NAME: Mapping[str, Element] = {element.name: element for element in ELEMENTS}
_ROLES = frozenset(COMICINFO_ROLES)
_GATHERED = _ROLES | {"StoryArc", "StoryArcNumber"}
FIELDS_CARRIED: frozenset[str] = frozenset({element.field for element in ELEMENTS} | {"pages"})


def read_comicinfo(data: bytes, member: str = MEMBER) -> ComicMetadata:
    """Read a document of any version; invalid values count as absent.

    Raises: MalformedMetadata naming `member` and the position.
    """
    root = xmltree.parse_xml(data, member)
    xmltree.expect_root(root, _ROOT, member)
    return within_limits(_decode(root), member)


def write_comicinfo(
    existing: bytes | None,
    metadata: ComicMetadata,
    pages: Sequence[PageInfo] = (),
    *,
    version: str = "2.1",
    member: str = MEMBER,
) -> bytes:
    """Return the document with the values of `metadata`; an empty field removes its element.

    `pages`, if any, replace `metadata.pages` and set the page count. Elements newer than
    `version` are changed where they exist, but not added.

    Raises: MalformedMetadata if `existing` can't be parsed.
    """
    if existing:
        root = xmltree.parse_xml(existing, member)
        xmltree.expect_root(root, _ROOT, member)
    else:
        root = xmltree.new_root(_ROOT)
    current = within_limits(_decode(root), member)
    page_count = len(pages) if pages else metadata.page_count
    changed = False
    for element in ELEMENTS:
        old = getattr(current, element.field)
        new = page_count if element.field == "page_count" else getattr(metadata, element.field)
        if new != old:
            changed |= _edit(root, element, old, new, version)
    changed |= edit_pages(
        root,
        current.pages,
        tuple(pages) or metadata.pages,
        SEQUENCE,
        without=_PAGE_ATTRIBUTES_SINCE_2 if version == "1.0" else frozenset(),
    )
    if existing and not changed:
        return existing
    xmltree.reorder(root, SEQUENCE)
    return xmltree.serialise(root)


def encoded_fields(metadata: ComicMetadata, field: str) -> tuple[Encoded, ...]:
    """The texts of one field's elements; equal tuples have the same meaning in ComicInfo."""
    value = getattr(metadata, field)
    return tuple(element.codec.encode(value) for element in ELEMENTS if element.field == field)


def _edit(root: etree._Element, element: Element, old: Any, new: Any, version: str) -> bool:
    """Update one element and return whether it changed."""
    codec = _OLDER_CODECS.get((version, element.name), element.codec)
    text = codec.encode(new)
    if text is KEEP or text == codec.encode(old):
        return False
    present = xmltree.children_named(root, element.name)
    if text is None:
        for child in present:
            xmltree.remove_child(child)
        return bool(present)
    if len(present) == 1 and xmltree.text_of(present[0]).strip() == text:
        return False  # only the order differs from that of all credits together
    if not present:
        if element.since > version:
            return False
        present = [xmltree.add_child(root, element.name, SEQUENCE)]
    xmltree.set_text(present[0], text)
    for repeated in present[1:]:  # else readers that use the last one would show the old value
        xmltree.remove_child(repeated)
    return True


def _decode(root: etree._Element) -> ComicMetadata:
    values: dict[str, Any] = {}
    gathered: dict[str, tuple[str, ...]] = {}
    for child in root:
        name = child.tag
        element = _BY_NAME.get(name) if isinstance(name, str) else None
        if element is None:
            local = xmltree.local_name(child)
            if local == "Pages":
                values.setdefault("pages", decode_pages(child))
                continue
            element = _BY_NAME.get(local)
            if element is None:
                continue
        text = (xmltree.text_of(child) if len(child) else child.text or "").strip()
        if not text:
            continue
        value = element.codec.decode(text)
        if value is None or value == ():
            continue
        if element.name in _GATHERED:
            gathered.setdefault(element.name, value)
        else:
            values.setdefault(element.field, value)
    if gathered:
        values["credits"] = _credits(gathered)
        values["story_arcs"] = _arcs(gathered)
    return NO_METADATA.with_values(**values)


def _credits(gathered: Mapping[str, tuple[str, ...]]) -> tuple[Credit, ...]:
    roles: dict[str, list[str]] = {}
    for role in COMICINFO_ROLES:
        for person in gathered.get(role, ()):
            roles.setdefault(person, []).append(role)
    return tuple(Credit(person, tuple(person_roles)) for person, person_roles in roles.items())


def _arcs(gathered: Mapping[str, tuple[str, ...]]) -> tuple[StoryArc, ...]:
    names = gathered.get("StoryArc", ())
    numbers = gathered.get("StoryArcNumber", ())
    return tuple(
        StoryArc(name, (numbers[index] or None) if index < len(numbers) else None)
        for index, name in enumerate(names)
    )
