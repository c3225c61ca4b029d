"""How much a metadata document may hold: far more than any real one, and little enough to work on.

Applied by every format that is read from a file. What is larger is not read in part, since a part
would be written back as the whole.
"""

from __future__ import annotations

from dataclasses import fields

from comicmaintainer.comics.metadata.model import ComicMetadata
from comicmaintainer.errors import MalformedMetadata

MAX_LIST_ITEMS = 10_000
MAX_PAGES = 25_000
"""More than an archive may have members."""
# In the whole document; the longest page list has some 12,000 tags and 100,000 attributes.
MAX_MARKS = ((b"<", 100_000, "tags"), (b"=", 150_000, "attributes"), (b",", 100_000, "commas"))

_LISTS = tuple(
    field.name for field in fields(ComicMetadata) if field.default == () and field.name != "pages"
)


def require_moderate_text(data: bytes, member: str) -> None:
    """Refuse a document of too many parts, before it is parsed.

    Raises: MalformedMetadata naming `member`.
    """
    for mark, most, name in MAX_MARKS:
        if data.count(mark) > most:
            raise MalformedMetadata(f"{member} has more than {most} {name}; it is not read.")


def moderate(metadata: ComicMetadata, member: str) -> ComicMetadata:
    """Return what was read of `member`, unless one of its lists is too long.

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
