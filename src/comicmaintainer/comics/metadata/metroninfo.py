"""MetronInfo.xml 1.0 and 1.1: the declaration of its parts, its reader and its writer.

Source of the format: the schemas at github.com/Metron-Project/metroninfo. Writing edits the
existing document: parts that are not declared here stay, and a document whose meaning does not
change is returned byte for byte. Values that are not in the schema's closed lists are not
written; the file's value stays. 1.1 only adds parts to 1.0; a document keeps its version.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from lxml import etree

from comicmaintainer.comics.metadata import xmltree
from comicmaintainer.comics.metadata.codecs import (
    KEEP,
    LINE,
    POSITIVE,
    TEXT,
    WHOLE,
    Codec,
    Encoded,
    rating_codec,
)
from comicmaintainer.comics.metadata.document_limits import within_limits
from comicmaintainer.comics.metadata.metroninfo_codecs import (
    AGE,
    DAY,
    FORMAT,
    LANGUAGE,
    TIME,
    YEAR,
)
from comicmaintainer.comics.metadata.metroninfo_version import (
    OLDEST,
    state_version,
    stated_version,
)
from comicmaintainer.comics.metadata.model import (
    AlternativeName,
    ComicMetadata,
    Credit,
    Identifier,
    Price,
    StoryArc,
    Universe,
)
from comicmaintainer.comics.metadata.text import clean_line, split_list
from comicmaintainer.comics.metadata.vocabulary import (
    METRON_SOURCES,
    ROLE_TO_METRON,
)
from comicmaintainer.comics.metadata.xmlparts import (
    Listing,
    Row,
    Single,
    edit_listing,
    edit_single,
    read_listing,
    read_single,
)

MEMBER = "MetronInfo.xml"
MAX_NUMBER_DIGITS = 20
_ROOT = "MetronInfo"
_ROLES = "Roles/Role"
_DATE = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?")
_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
_COUNTRY = re.compile(r"[A-Z]{2}")


def _field(path: str, field: str, codec: Codec, since: str = OLDEST) -> Single:
    """The usual case: one text for one field."""

    def decode(text: str) -> Mapping[str, Any]:
        value = codec.decode(text)
        return {} if value is None else {field: value}

    def encode(metadata: ComicMetadata) -> Encoded:
        return codec.encode(getattr(metadata, field))

    return Single(path, decode, encode, since)


def _decode_cover_date(text: str) -> Mapping[str, Any]:
    match = _DATE.match(text)
    if match is None:
        return {}
    parts = {"year": int(match[1]), "month": int(match[2]), "day": int(match[3] or 0)}
    return {name: number for name, number in parts.items() if number}


def _encode_cover_date(metadata: ComicMetadata) -> Encoded:
    """A date needs its month; without a day, the first of the month is written."""
    if metadata.year is None and metadata.month is None:
        return None
    try:
        return date(metadata.year or 0, metadata.month or 0, metadata.day or 1).isoformat()
    except ValueError:
        return KEEP


def _digits(gtin: str | None) -> str:
    return clean_line(gtin or "").replace("-", "").replace(" ", "")


def _is_isbn(gtin: str | None) -> bool:
    digits = _digits(gtin)
    return len(digits) == 10 or (len(digits) == 13 and digits.startswith(("978", "979")))


def _encode_isbn(metadata: ComicMetadata) -> Encoded:
    if not metadata.gtin:
        return None
    return clean_line(metadata.gtin) if _is_isbn(metadata.gtin) else KEEP


def _encode_upc(metadata: ComicMetadata) -> Encoded:
    if metadata.upc:
        return clean_line(metadata.upc) or None
    is_other_number = _digits(metadata.gtin).isdecimal() and not _is_isbn(metadata.gtin)
    return clean_line(metadata.gtin or "") if is_other_number else None


def _decode_rating_count(text: str) -> Mapping[str, Any]:
    count = POSITIVE.decode(text)
    return {} if count is None else {"rating_count": count}


def _encode_rating_count(metadata: ComicMetadata) -> Encoded:
    """The schema allows no count without a rating."""
    return None if metadata.community_rating is None else POSITIVE.encode(metadata.rating_count)


SINGLES: tuple[Single, ...] = (
    _field("Publisher/Name", "publisher", LINE),
    _field("Publisher/Imprint", "imprint", LINE),
    _field("Series/Name", "series", LINE),
    _field("Series/@lang", "language", LANGUAGE),
    _field("Series/SortName", "series_sort_name", LINE),
    _field("Series/Volume", "volume", WHOLE),
    _field("Series/Format", "format", FORMAT),
    _field("Series/StartYear", "series_start_year", YEAR),
    _field("Series/IssueCount", "count", POSITIVE),
    _field("Series/VolumeCount", "volume_count", POSITIVE),
    _field("MangaVolume", "manga_volume", LINE),
    _field("CollectionTitle", "collection_title", LINE),
    _field("Number", "issue", LINE),
    _field("AlternativeNumber", "alternate_issue", LINE, "1.1"),
    _field("Summary", "summary", TEXT),
    Single("CoverDate", _decode_cover_date, _encode_cover_date),
    _field("StoreDate", "store_date", DAY),
    _field("PageCount", "page_count", WHOLE),
    _field("Notes", "notes", TEXT),
    Single("GTIN/ISBN", lambda text: {"gtin": clean_line(text)}, _encode_isbn),
    Single("GTIN/UPC", lambda text: {"upc": clean_line(text)}, _encode_upc),
    _field("AgeRating", "age_rating", AGE),
    _field("CommunityRating/AverageRating", "community_rating", rating_codec(2), "1.1"),
    Single("CommunityRating/RatingCount", _decode_rating_count, _encode_rating_count, "1.1"),
    _field("LastModified", "last_modified", TIME),
)


def _texts(path: str, field: str) -> Listing:
    """A list of plain texts."""

    def decode(rows: list[Row]) -> Mapping[str, Any]:
        return {field: tuple(dict.fromkeys(row[""] for row in rows))}

    def encode(metadata: ComicMetadata) -> Iterable[Row]:
        return ({"": clean_line(text)} for text in getattr(metadata, field))

    return Listing(path, ("",), decode, encode)


def _records(
    path: str,
    field: str,
    record: Callable[..., Any],
    members: Mapping[str, str],
    is_valid: Callable[[Row], bool] = lambda _: True,
    row_of: Callable[[Row], Row] = lambda row: row,
    key: tuple[str, ...] = (),
) -> Listing:
    """A list of records; `members` maps parts to members of the record.

    `row_of` converts a record's row to the format's terms.
    """

    def decode(rows: list[Row]) -> Mapping[str, Any]:
        built = (
            record(**{member: row[part] for part, member in members.items() if part in row})
            for row in rows
        )
        return {field: tuple(dict.fromkeys(built))}

    def encode(metadata: ComicMetadata) -> Iterable[Row]:
        for stored in getattr(metadata, field):
            row = {}
            for part, member in members.items():
                value = getattr(stored, member)
                row[part] = clean_line(value) if isinstance(value, str) else value
            if row[next(iter(members))]:
                yield row_of(row)

    return Listing(path, tuple(members), decode, encode, is_valid, key)


def _decode_stories(rows: list[Row]) -> Mapping[str, Any]:
    return {"title": "; ".join(dict.fromkeys(row[""] for row in rows))}


def _encode_stories(metadata: ComicMetadata) -> Iterable[Row]:
    return ({"": story} for story in split_list(metadata.title or "", ";"))


def _decode_addresses(rows: list[Row]) -> Mapping[str, Any]:
    rows = sorted(rows, key=lambda row: row.get("@primary") not in ("true", "1"))
    return {"web": tuple(dict.fromkeys("".join(row[""].split()) for row in rows))}


def _encode_addresses(metadata: ComicMetadata) -> Iterable[Row]:
    addresses = list(dict.fromkeys("".join(address.split()) for address in metadata.web))
    for place, address in enumerate(addresses):
        yield {"": address, "@primary": "true" if place == 0 and len(addresses) > 1 else ""}


def _decode_identifiers(rows: list[Row]) -> Mapping[str, Any]:
    return {
        "identifiers": tuple(
            Identifier(row.get("@source", ""), row[""], row.get("@primary") in ("true", "1"))
            for row in rows
        )
    }


def _encode_identifiers(metadata: ComicMetadata) -> Iterable[Row]:
    has_primary = False
    for identifier in metadata.identifiers:
        row = {"": clean_line(identifier.value), "@source": clean_line(identifier.source)}
        if identifier.primary and not has_primary and row["@source"] in METRON_SOURCES:
            has_primary = True
            row["@primary"] = "true"
        if row[""]:
            yield row


def _encode_credits(metadata: ComicMetadata) -> Iterable[Row]:
    """Each person once, with the roles that the schema allows, which may be none."""
    roles: dict[str, list[str]] = {}
    for credit in metadata.credits:
        person_roles = roles.setdefault(clean_line(credit.person), [])
        known = (ROLE_TO_METRON.get(role.casefold()) for role in credit.roles)
        person_roles.extend(role for role in known if role and role not in person_roles)
    return ({"Creator": person, _ROLES: tuple(names)} for person, names in roles.items())


def _decode_credits(rows: list[Row]) -> Mapping[str, Any]:
    return {"credits": tuple(Credit(row["Creator"], row.get(_ROLES, ())) for row in rows)}


def _arc_row(row: Row) -> Row:
    number = row["Number"] or ""
    is_positive = len(number) <= MAX_NUMBER_DIGITS and number.isdecimal() and int(number) > 0
    return {**row, "Number": number if is_positive else ""}


def _name_row(row: Row) -> Row:
    language = LANGUAGE.encode(row["@lang"])
    return {**row, "@lang": "" if language is KEEP else language}


def _is_price(row: Row) -> bool:
    return bool(_DECIMAL.fullmatch(row[""]) and _COUNTRY.fullmatch(row.get("@country", "")))


LISTINGS: tuple[Listing, ...] = (
    Listing(
        "IDS/ID",
        ("", "@source", "@primary"),
        _decode_identifiers,
        _encode_identifiers,
        lambda row: row.get("@source") in METRON_SOURCES,
        ("", "@source"),
    ),
    _records(
        "Series/AlternativeNames/AlternativeName",
        "alternative_names",
        AlternativeName,
        {"": "name", "@lang": "language"},
        row_of=_name_row,
        key=("", "@lang"),
    ),
    Listing("Stories/Story", ("",), _decode_stories, _encode_stories),
    _records(
        "Prices/Price",
        "prices",
        Price,
        {"": "amount", "@country": "country"},
        is_valid=_is_price,
        key=("", "@country"),
    ),
    _texts("Genres/Genre", "genres"),
    _texts("Tags/Tag", "tags"),
    _records(
        "Arcs/Arc", "story_arcs", StoryArc, {"Name": "name", "Number": "number"}, row_of=_arc_row
    ),
    _texts("Characters/Character", "characters"),
    _texts("Teams/Team", "teams"),
    _records(
        "Universes/Universe",
        "universes",
        Universe,
        {"Name": "name", "Designation": "designation"},
    ),
    _texts("Locations/Location", "locations"),
    _texts("Reprints/Reprint", "reprints"),
    Listing("URLs/URL", ("", "@primary"), _decode_addresses, _encode_addresses),
    Listing("Credits/Credit", ("Creator", _ROLES), _decode_credits, _encode_credits),
)

# The sequence of the schema's text, which others write too, although xs:all allows any order.
SEQUENCE: Sequence[str] = (
    *("IDS", "Publisher", "Series", "MangaVolume", "CollectionTitle", "Number"),
    *("AlternativeNumber", "Stories", "Summary", "Prices", "CoverDate", "StoreDate", "PageCount"),
    *("Notes", "Genres", "Tags", "Arcs", "Characters", "Teams", "Universes", "Locations"),
    *("Reprints", "GTIN", "AgeRating", "CommunityRating", "URLs", "Credits", "LastModified"),
    *("Name", "Imprint", "SortName", "Volume", "Format", "StartYear", "IssueCount"),
    *("VolumeCount", "AlternativeNames", "ISBN", "UPC", "AverageRating", "RatingCount"),
)


def read_metroninfo(data: bytes, member: str = MEMBER) -> ComicMetadata:
    """Read a document of any version; invalid values count as absent.

    Raises: MalformedMetadata naming `member` and the position.
    """
    root = xmltree.parse_xml(data, member)
    xmltree.expect_root(root, _ROOT, member)
    return within_limits(_decode(root), member)


def write_metroninfo(
    existing: bytes | None,
    metadata: ComicMetadata,
    *,
    version: str = OLDEST,
    member: str = MEMBER,
) -> bytes:
    """Return the document with the values of `metadata`; an empty field removes its element.

    Parts newer than `version` are added only to a document that is of their version already.

    Raises: MalformedMetadata if `existing` can't be parsed.
    """
    if existing:
        root = xmltree.parse_xml(existing, member)
        xmltree.expect_root(root, _ROOT, member)
    else:
        root = xmltree.new_root(_ROOT)
    current = within_limits(_decode(root), member)
    if existing and current == metadata:
        return existing
    own_version = _version_of(root)
    changed = False
    for single in SINGLES:
        if single.since <= max(version, own_version):
            old, new = single.encode(current), single.encode(metadata)
            changed |= edit_single(root, single, old, new, SEQUENCE)
    for listing in LISTINGS:
        changed |= edit_listing(root, listing, current, metadata, SEQUENCE)
    if existing and not changed:
        return existing
    _add_required(root)
    if _version_of(root) > own_version:
        state_version(root, _version_of(root))
    return xmltree.serialise(root)


def _version_of(root: etree._Element) -> str:
    """The newest version that the document states or has parts of."""
    present = {xmltree.local_name(child) for child in root}
    used = [single.since for single in SINGLES if single.path.partition("/")[0] in present]
    return max([stated_version(root), *used])


def _add_required(root: etree._Element) -> None:
    if xmltree.child_named(root, "Series") is None:
        xmltree.add_child(root, "Series", SEQUENCE)
    for name in ("Series", "Publisher"):
        element = xmltree.child_named(root, name)
        if element is not None and xmltree.child_named(element, "Name") is None:
            xmltree.add_child(element, "Name", SEQUENCE)


def _decode(root: etree._Element) -> ComicMetadata:
    values: dict[str, Any] = {}
    for single in SINGLES:
        values.update(read_single(root, single))
    for listing in LISTINGS:
        values.update(read_listing(root, listing))
    return ComicMetadata(**values)
