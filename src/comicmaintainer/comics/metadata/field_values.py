"""The kinds of metadata fields: parsed from JSON or typed text, and converted to JSON.

Used by the field register only. A kind has an empty value and a parser. The parser raises
ValueError or TypeError with the allowed values, and the register adds the field's name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from comicmaintainer.comics.metadata.document_limits import MAX_LIST_ITEMS
from comicmaintainer.comics.metadata.model import (
    AlternativeName,
    Credit,
    Identifier,
    Manga,
    PageInfo,
    Price,
    StoryArc,
    Universe,
)
from comicmaintainer.comics.metadata.text import clean_line, clean_text, split_list

MAX_TEXT_CHARS = 100_000

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*")
_CREDIT = re.compile(r"(?P<person>[^()]+?)\s*(?:\((?P<roles>[^()]*)\))?")
_NOTED = re.compile(r"(?P<name>[^()]+?)\s*(?:\((?P<note>[^()]*)\))?")
_IDENTIFIER = re.compile(r"(?P<source>[^:]+?)\s*:\s*(?P<value>.+?)\s*(?P<primary>\(primary\))?")
_PRICE = re.compile(r"(?P<amount>\S+)\s+(?P<country>\S+)")
_ARC = re.compile(r"(?P<name>.+?)\s*:\s*(?P<number>\d+(?:\.\d+)?)")


class FieldKind(StrEnum):
    """The type of a field; forms choose their input element by it."""

    LINE = "line"
    TEXT = "text"
    WHOLE = "whole"
    RATING = "rating"
    DATE = "date"
    LANGUAGE = "language"
    YES_NO = "yes_no"
    MANGA = "manga"
    LIST = "list"
    ADDRESSES = "addresses"
    CREDITS = "credits"
    STORY_ARCS = "story_arcs"
    PAGES = "pages"
    IDENTIFIERS = "identifiers"
    ALTERNATIVE_NAMES = "alternative_names"
    UNIVERSES = "universes"
    PRICES = "prices"


@dataclass(frozen=True, slots=True)
class ValueKind:
    """A kind's empty value and its parser of JSON values and typed text."""

    parse: Callable[[object], Any]
    empty: Any = None


def to_json(value: Any) -> Any:
    """A field's value as JSON: records become objects without their empty members."""
    if isinstance(value, tuple):
        return [to_json(item) for item in value]
    if isinstance(value, Manga):
        return value.value
    if isinstance(value, Credit | StoryArc | Identifier | Price | Universe):
        return _record_to_json(value)
    if isinstance(value, AlternativeName | PageInfo):
        return _record_to_json(value)
    return value


def _record_to_json(record: Any) -> dict[str, Any]:
    values = {}
    for member in fields(record):
        value = getattr(record, member.name)
        if value != member.default:
            values[member.name] = to_json(value)
    return values


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("it must be text")
    if len(value) > MAX_TEXT_CHARS:
        raise ValueError(f"it is longer than {MAX_TEXT_CHARS} characters")
    return clean_text(value)


def _long_text(value: object) -> str | None:
    return _text(value) or None


def _line(value: object) -> str | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)  # JSON callers send numbers for issues
    return clean_line(_text(value)) or None


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError("it must be a whole number of 0 or more")
    if isinstance(value, str) and not (len(value) <= 20 and value.strip().isdecimal()):
        raise ValueError("it must be a whole number of 0 or more")
    return int(value)


def _rating(value: object) -> float:
    try:
        rating = Decimal(str(value).strip())
    except InvalidOperation:
        rating = Decimal(-1)
    if not (rating.is_finite() and 0 <= rating <= 5):
        raise ValueError("a rating is a number from 0 to 5")
    return float(round(rating, 2))


def _date(value: object) -> str:
    try:
        return date.fromisoformat(_text(value)).isoformat()
    except ValueError as error:
        raise ValueError("a date is written like 2024-05-31") from error


def _language(value: object) -> str:
    text = _text(value)
    if not _LANGUAGE.fullmatch(text):
        raise ValueError("a language is a code like en, pt-BR or ja")
    return text


def _yes_no(value: object) -> bool:
    if isinstance(value, bool):
        return value
    match str(value).strip().casefold():
        case "yes" | "true" | "1":
            return True
        case "no" | "false" | "0":
            return False
    raise ValueError("allowed are yes and no")


def _manga(value: object) -> Manga:
    match str(value).strip().casefold().replace("_", "").replace("-", ""):
        case "no" | "false":
            return Manga.NO
        case "yes" | "true":
            return Manga.YES
        case "yesandrighttoleft" | "rtl" | "righttoleft":
            return Manga.YES_RIGHT_TO_LEFT
    raise ValueError(f"allowed are {', '.join(Manga)}")


def _list(separator: str) -> Callable[[object], tuple[str, ...]]:
    def parse(value: object) -> tuple[str, ...]:
        if isinstance(value, str):
            return split_list(_text(value), separator) if separator else tuple(value.split())
        items = (clean_line(_text(item)) for item in _items(value))
        return tuple(dict.fromkeys(item for item in items if item))

    return parse


def _items(value: object) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise TypeError("it must be a list")
    if len(value) > MAX_LIST_ITEMS:
        raise ValueError(f"it has more than {MAX_LIST_ITEMS} items")
    return list(value)


def _credits_text(text: str) -> tuple[Credit, ...]:
    credits_ = []
    for part in split_list(text, ";"):
        match = _CREDIT.fullmatch(part)
        if match is None:
            raise ValueError("credits are written 'Name (Role, Role); Name (Role)'")
        credits_.append(Credit(match["person"], split_list(match["roles"] or "")))
    return tuple(credits_)


def _arcs_text(text: str) -> tuple[StoryArc, ...]:
    arcs = []
    for part in split_list(text):
        match = _ARC.fullmatch(part)
        arcs.append(StoryArc(match["name"], match["number"]) if match else StoryArc(part))
    return tuple(arcs)


def _each(text: str, pattern: re.Pattern[str], form: str) -> list[re.Match[str]]:
    """The records inside a text, which are separated by semicolons."""
    found = []
    for part in split_list(text, ";"):
        match = pattern.fullmatch(part)
        if match is None:
            raise ValueError(f"it is written {form}")
        found.append(match)
    return found


def _identifiers_text(text: str) -> tuple[Identifier, ...]:
    form = "'Source: id; Source: id', the most important with '(primary)' behind it"
    return tuple(
        Identifier(each["source"], each["value"], each["primary"] is not None)
        for each in _each(text, _IDENTIFIER, form)
    )


def _alternative_names_text(text: str) -> tuple[AlternativeName, ...]:
    found = _each(text, _NOTED, "'Name (language); Name'")
    return tuple(AlternativeName(each["name"], each["note"] or None) for each in found)


def _universes_text(text: str) -> tuple[Universe, ...]:
    found = _each(text, _NOTED, "'Name (designation); Name'")
    return tuple(Universe(each["name"], each["note"] or None) for each in found)


def _prices_text(text: str) -> tuple[Price, ...]:
    found = _each(text, _PRICE, "'3.99 US; 4.99 CA'")
    return tuple(Price(each["amount"], each["country"]) for each in found)


def _record_member(name: str, annotation: str, value: object) -> Any:
    """Check one member of a record against its annotation, which model.py keeps simple."""
    if value is None and annotation.endswith("| None"):
        return None
    match annotation.removesuffix(" | None"):
        case "str" if isinstance(value, str):
            return clean_line(_text(value))
        case "bool" if isinstance(value, bool):
            return value
        case "int" if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        case "tuple[str, ...]" if isinstance(value, list | tuple):
            return _list(",")(value)
    raise ValueError(f"its {name} must be {annotation}")


def _records(
    record: type[Any], from_text: Callable[[str], tuple[Any, ...]] | None = None
) -> Callable[[object], tuple[Any, ...]]:
    members = {member.name: str(member.type) for member in fields(record)}
    required = {member.name for member in fields(record) if member.default is MISSING}

    def parse(value: object) -> tuple[Any, ...]:
        if isinstance(value, str):
            if from_text is None:
                raise TypeError("it can only be given as a list of objects")
            return from_text(_text(value))
        return tuple(one(item) for item in _items(value))

    def one(item: object) -> Any:
        if isinstance(item, record):
            item = _record_to_json(item)
        if not isinstance(item, dict) or not item.keys() <= members.keys():
            raise TypeError(f"each item is an object with {', '.join(members)}")
        if lacking := required - item.keys():
            raise ValueError(f"an item lacks {', '.join(sorted(lacking))}")
        return record(**{key: _record_member(key, members[key], item[key]) for key in item})

    return parse


VALUE_KINDS: Mapping[FieldKind, ValueKind] = {
    FieldKind.LINE: ValueKind(_line),
    FieldKind.TEXT: ValueKind(_long_text),
    FieldKind.WHOLE: ValueKind(_whole),
    FieldKind.RATING: ValueKind(_rating),
    FieldKind.DATE: ValueKind(_date),
    FieldKind.LANGUAGE: ValueKind(_language),
    FieldKind.YES_NO: ValueKind(_yes_no),
    FieldKind.MANGA: ValueKind(_manga),
    FieldKind.LIST: ValueKind(_list(","), ()),
    FieldKind.ADDRESSES: ValueKind(_list(""), ()),
    FieldKind.CREDITS: ValueKind(_records(Credit, _credits_text), ()),
    FieldKind.STORY_ARCS: ValueKind(_records(StoryArc, _arcs_text), ()),
    FieldKind.PAGES: ValueKind(_records(PageInfo), ()),
    FieldKind.IDENTIFIERS: ValueKind(_records(Identifier, _identifiers_text), ()),
    FieldKind.ALTERNATIVE_NAMES: ValueKind(_records(AlternativeName, _alternative_names_text), ()),
    FieldKind.UNIVERSES: ValueKind(_records(Universe, _universes_text), ()),
    FieldKind.PRICES: ValueKind(_records(Price, _prices_text), ()),
}
