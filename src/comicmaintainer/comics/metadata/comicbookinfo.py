"""ComicBookInfo 1.0, JSON in the comment of a ZIP: the declaration of its keys, and its reader.

Source of the format: code.google.com/archive/p/comicbookinfo. It is never written, because a
changed comment would need a new end record, and no current reader prefers it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from comicmaintainer import json_input
from comicmaintainer.comics.metadata.fields import set_field
from comicmaintainer.comics.metadata.model import ComicMetadata, Credit
from comicmaintainer.comics.metadata.text import clean_line
from comicmaintainer.comics.metadata.vocabulary import LANGUAGE_CODES
from comicmaintainer.errors import InvalidInput, MalformedMetadata

WHERE = "the archive's comment"
MAX_COMMENT_BYTES = 65_535
_KEY = "ComicBookInfo/1.0"

# Key -> field.
_FIELDS: Mapping[str, str] = {
    "series": "series",
    "title": "title",
    "issue": "issue",
    "publisher": "publisher",
    "publicationYear": "year",
    "publicationMonth": "month",
    "publicationDay": "day",
    "numberOfIssues": "count",
    "volume": "volume",
    "numberOfVolumes": "volume_count",
    "genre": "genres",
    "language": "language",
    "tags": "tags",
    "comments": "summary",
    "pages": "page_count",
}


def holds_comicbookinfo(comment: bytes) -> bool:
    """Whether a ZIP's comment claims to be ComicBookInfo; other comments are not an error."""
    return _KEY.encode() in comment


def read_comicbookinfo(comment: bytes) -> ComicMetadata:
    """Read a comment; values that do not fit their field count as absent.

    Raises: MalformedMetadata with the position.
    """
    try:
        document = json.loads(comment[:MAX_COMMENT_BYTES].decode("utf-8-sig"))
        json_input.require_shallow(document)
    except json.JSONDecodeError as error:
        raise MalformedMetadata(
            f"{WHERE}, line {error.lineno}, column {error.colno}: {error.msg}"
        ) from error
    except (ValueError, RecursionError) as error:
        raise MalformedMetadata(f"it can't be read as JSON ({error})", member=WHERE) from error
    content = document.get(_KEY) if isinstance(document, dict) else None
    if not isinstance(content, dict):
        raise MalformedMetadata(f"it holds no object {_KEY}", member=WHERE)
    metadata = ComicMetadata(credits=_credits(content.get("credits")))
    for key, field in _FIELDS.items():
        value = content.get(key)
        if field == "language" and isinstance(value, str):
            value = LANGUAGE_CODES.get(value.strip().casefold(), value)
        metadata = _with(metadata, field, value)
    return metadata


def _with(metadata: ComicMetadata, field: str, value: object) -> ComicMetadata:
    if value is None:
        return metadata
    try:
        return set_field(metadata, field, value)
    except InvalidInput:
        return metadata  # as with XML, invalid values are absent


def _credits(value: object) -> tuple[Credit, ...]:
    people: dict[str, list[str]] = {}
    for item in value if isinstance(value, list) else []:
        person = clean_line(str(item.get("person") or "")) if isinstance(item, dict) else ""
        if person:
            role = clean_line(str(item.get("role") or ""))
            roles = people.setdefault(person, [])
            roles.extend([role] if role and role not in roles else [])
    return tuple(Credit(person, tuple(roles)) for person, roles in people.items())
