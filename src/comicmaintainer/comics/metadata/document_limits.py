"""Limits on the size of a metadata document, far above those of real ones.

Every format that is read from a file applies them. A larger document is not read in part, because
writing it back would lose the rest.
"""

from __future__ import annotations

from dataclasses import fields

from comicmaintainer.comics.metadata.model import ComicMetadata
from comicmaintainer.errors import MalformedMetadata

MAX_LIST_ITEMS = 10_000
MAX_PAGES = 25_000
"""Higher than the maximum number of members of an archive."""
# In the whole document; the longest page list has some 12,000 tags and 100,000 attributes.
MAX_MARKS = ((b"<", 100_000, "tags"), (b"=", 150_000, "attributes"), (b",", 100_000, "commas"))

_LISTS = tuple(
    field.name for field in fields(ComicMetadata) if field.default == () and field.name != "pages"
)


def require_few_parts(data: bytes, member: str) -> None:
    """Refuse a document with too many parts, before it is parsed.

    Raises: MalformedMetadata naming `member`.
    """
    for mark, most, name in MAX_MARKS:
        if data.count(mark) > most:
            raise MalformedMetadata(f"{member} has more than {most} {name}; it is not read.")


def within_limits(metadata: ComicMetadata, member: str) -> ComicMetadata:
    """Return the metadata of `member`, unless one of its lists is too long.

    Raises: MalformedMetadata naming `member` and the field.
    """
    for name in _LISTS:
        _require(member, name, len(getattr(metadata, name)), MAX_LIST_ITEMS)
    _require(member, "pages", len(metadata.pages), MAX_PAGES)
    return metadata


def _require(member: str, name: str, count: int, most: int) -> None:
    if count > most:
        raise MalformedMetadata(
            f"it has {count} {name}; no more than {most} are read.", member=member
        )
