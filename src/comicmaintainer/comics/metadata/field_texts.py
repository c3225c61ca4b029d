"""The text of a field's JSON value, as people type it: `set_field` reads it back as the same value.

Used by forms and sheets. Only where a value holds the character that separates it in its text (a
name with a comma among names) does the text read back as something else; a form therefore sends
a field only if its text was edited.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from comicmaintainer.comics.metadata.field_values import FieldKind
from comicmaintainer.comics.metadata.fields import FIELDS, ROLE_FIELDS

Record = Mapping[str, Any]


def text_of(kind: FieldKind, value: Any) -> str:
    """Return the text of a value of that kind, from its JSON; empty for an empty one."""
    if value is None or value == [] or value == ():
        return ""
    return _TEXTS.get(kind, _line)(value)


def texts_of(tags: Mapping[str, Any]) -> dict[str, str]:
    """Return the texts of all fields that are not empty, and of the roles that have people."""
    texts = {
        field.name: text
        for field in FIELDS
        if field.kind is not FieldKind.PAGES and (text := text_of(field.kind, tags.get(field.name)))
    }
    credits_ = tags.get("credits") or ()
    for name, role in ROLE_FIELDS.items():
        people = [each["person"] for each in credits_ if role in each.get("roles", ())]
        if people:
            texts[name] = ", ".join(people)
    return texts


def _line(value: Any) -> str:
    return str(value)


def _yes_no(value: Any) -> str:
    return "yes" if value else "no"


def _rating(value: Any) -> str:
    return f"{value:g}"


def _joined(separator: str) -> Callable[[Iterable[Any]], str]:
    return lambda items: separator.join(map(str, items))


def _records(separator: str, text: Callable[[Record], str]) -> Callable[[Iterable[Record]], str]:
    return lambda records: separator.join(map(text, records))


def _with(member: str, note: str) -> Callable[[Record], str]:
    """A record's text: one member, and another in brackets if it is there."""

    def text(record: Record) -> str:
        more = record.get(note)
        return f"{record[member]} ({more})" if more else str(record[member])

    return text


def _credit(record: Record) -> str:
    roles = ", ".join(record.get("roles", ()))
    return f"{record['person']} ({roles})" if roles else str(record["person"])


def _arc(record: Record) -> str:
    number = record.get("number")
    return f"{record['name']}:{number}" if number else str(record["name"])


def _identifier(record: Record) -> str:
    return f"{record['source']}: {record['value']}{' (primary)' if record.get('primary') else ''}"


def _price(record: Record) -> str:
    return f"{record['amount']} {record['country']}"


_TEXTS: Mapping[FieldKind, Callable[[Any], str]] = {
    FieldKind.YES_NO: _yes_no,
    FieldKind.RATING: _rating,
    FieldKind.LIST: _joined(", "),
    FieldKind.ADDRESSES: _joined(" "),
    FieldKind.CREDITS: _records("; ", _credit),
    FieldKind.STORY_ARCS: _records(", ", _arc),
    FieldKind.IDENTIFIERS: _records("; ", _identifier),
    FieldKind.ALTERNATIVE_NAMES: _records("; ", _with("name", "language")),
    FieldKind.UNIVERSES: _records("; ", _with("name", "designation")),
    FieldKind.PRICES: _records("; ", _price),
    FieldKind.PAGES: lambda pages: f"{len(pages)} listed",
}
