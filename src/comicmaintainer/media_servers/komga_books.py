"""Reads Komga's books, series and lists, as values.

Source: https://github.com/gotson/komga, komga/docs/openapi.json: BookDto, SeriesDto, ReadListDto,
CollectionDto. A field is locked if the one of the same name with `Lock` is true.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from comicmaintainer.media_servers.book_model import Known, Place, ServerBook

READY = "READY"
UNREADABLE = frozenset({"ERROR", "UNSUPPORTED"})
_LOCK = "Lock"


@dataclass(frozen=True, slots=True)
class Around:
    """What is known of books besides the books: their lists, by the ids of books and of series.

    `unhashed` are the libraries for whose files Komga computes no hashes.
    """

    lists: Mapping[str, Mapping[str, Place]] = field(default_factory=dict)
    collections: Mapping[str, Mapping[str, Place]] = field(default_factory=dict)
    series_locked: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    unhashed: frozenset[str] = frozenset()


def book_of(value: Any, around: Around, address: str) -> ServerBook | None:
    """Return a book, None if the JSON value is none; `address` is that of the server."""
    match value:
        case {
            "id": str(book_id),
            "seriesId": str(series_id),
            "url": str(path),
            "sizeBytes": int(size),
            "media": {"status": str(status), "pagesCount": int(pages)},
            "metadata": {**metadata},
        }:
            page, is_read = _progress_of(value.get("readProgress"))
            known = Known(
                page=page,
                is_read=is_read,
                locked=locked_of(metadata),
                lists=around.lists.get(book_id, {}),
                series_id=series_id,
                series_locked=around.series_locked.get(series_id, {}),
                series_lists=around.collections.get(series_id, {}),
            )
            return ServerBook(
                book_id=book_id,
                path=path,
                known=known,
                pages=pages,
                link=f"{address}/book/{book_id}",
                size_bytes=size,
                is_gone=value.get("deleted") is True,
                is_ready=status == READY,
                is_unreadable=status in UNREADABLE,
                is_hashed=bool(value.get("fileHash")) or value.get("libraryId") in around.unhashed,
            )
    return None


def locked_of(metadata: Mapping[Any, Any]) -> dict[str, Any]:
    """Return the fields that people have locked, with their values."""
    return {
        name.removesuffix(_LOCK): metadata.get(name.removesuffix(_LOCK))
        for name, is_locked in metadata.items()
        if name.endswith(_LOCK) and is_locked is True
    }


def lock(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return what sets and locks these fields."""
    return {**fields, **{f"{name}{_LOCK}": True for name in fields}}


def unlock(names: Iterable[str]) -> dict[str, Any]:
    """Return what unlocks these fields."""
    return {f"{name}{_LOCK}": False for name in names}


def places_in(lists: list[Any], ids_field: str) -> dict[str, dict[str, Place]]:
    """Return by id of a member the lists it is in, with its place and the list's name."""
    places: dict[str, dict[str, Place]] = {}
    for each in lists:
        match each:
            case {"id": str(list_id), "name": str(name)} if isinstance(each.get(ids_field), list):
                for index, member in enumerate(each[ids_field]):
                    places.setdefault(str(member), {})[list_id] = (index, name)
    return places


def _progress_of(value: Any) -> tuple[int, bool]:
    match value:
        case {"page": int(page), "completed": bool(completed)}:
            return page, completed
    return 0, False
