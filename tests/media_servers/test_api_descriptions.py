"""What is asked, and what the doubles answer, is what the servers' public API descriptions have.

Sources: gotson/komga, komga/docs/openapi.json; Kareadita/Kavita, openapi.json and its controllers.
The descriptions themselves are other people's work and not in the repository, and tests ask no
network: only names of addresses and fields are repeated here, by hand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from comicmaintainer.media_servers.bridge import Bridge
from comicmaintainer.media_servers.servers import MediaServers
from tests.kit.kavita_double import KavitaDouble
from tests.kit.komga_double import KomgaDouble, Listed
from tests.kit.server_double import Asked, ServerDouble
from tests.media_servers.conftest import add_kavita, add_komga
from tests.media_servers.test_carrying import process, read_some, settle, shelf
from tests.operations.workbench import Workbench

_LOCKABLE = ("authors", "isbn", "links", "number", "numberSort", "releaseDate", "summary", "tags")
BOOK_FIELDS = {f"{name}{end}" for name in (*_LOCKABLE, "title") for end in ("", "Lock")}
KOMGA: Mapping[str, set[str]] = {
    "GET /api/v1/libraries": set(),
    "POST /api/v1/libraries/{id}/scan": set(),
    "POST /api/v1/books/list": {"condition", "fullTextSearch"},
    "GET /api/v1/books/{id}": set(),
    "PATCH /api/v1/books/{id}/read-progress": {"page", "completed"},
    "DELETE /api/v1/books/{id}/read-progress": set(),
    "PATCH /api/v1/books/{id}/metadata": BOOK_FIELDS,
    "POST /api/v1/series/list": {"condition", "fullTextSearch"},
    "GET /api/v1/readlists": set(),
    "POST /api/v1/readlists": {"name", "summary", "ordered", "bookIds"},
    "PATCH /api/v1/readlists/{id}": {"name", "summary", "ordered", "bookIds"},
    "GET /api/v1/collections": set(),
}
"""The operations that are used, with the fields that their bodies may have."""
KAVITA: Mapping[str, set[str]] = {
    "POST /api/Plugin/authenticate": set(),
    "GET /api/Library/libraries": set(),
    "POST /api/Library/scan-folder": {"apiKey", "folderPath", "abortOnNoSeriesMatch"},
    "POST /api/Series/all-v2": {
        "id", "name", "statements", "combination", "sortOptions", "limitTo",
    },
    "GET /api/Series/volumes": set(),
    "POST /api/Reader/progress": {
        "volumeId", "chapterId", "pageNum", "seriesId", "libraryId", "bookScrollId",
    },
    "GET /api/Reader/get-progress": set(),
    "POST /api/ReadingList/lists": set(),
    "GET /api/ReadingList/items": set(),
    "POST /api/ReadingList/create": {"title"},
    "POST /api/ReadingList/update-by-multiple": {
        "seriesId", "readingListId", "volumeIds", "chapterIds",
    },
    "POST /api/ReadingList/update-position": {
        "readingListId", "readingListItemId", "fromPosition", "toPosition",
    },
    "POST /api/ReadingList/delete-item": {
        "readingListId", "readingListItemId", "fromPosition", "toPosition",
    },
    "GET /api/Collection": set(),
    "GET /api/Series/series-by-collection": set(),
    "POST /api/Collection/update-for-series": {
        "collectionTagId", "collectionTagTitle", "seriesIds",
    },
}  # fmt: skip
PAGE = {"content", "empty", "first", "last", "number", "numberOfElements", "size"}
PAGE |= {"totalElements", "totalPages"}
ANSWERS: Mapping[str, set[str]] = {
    "BookDto": {
        "created", "deleted", "fileHash", "fileLastModified", "id", "lastModified", "libraryId",
        "media", "metadata", "name", "number", "oneshot", "seriesId", "seriesTitle", "size",
        "sizeBytes", "url",
    },
    "ReadListDto": {
        "bookIds", "createdDate", "filtered", "id", "lastModifiedDate", "name", "ordered",
        "summary",
    },
    "CollectionDto": {
        "createdDate", "filtered", "id", "lastModifiedDate", "name", "ordered", "seriesIds",
    },
}  # fmt: skip
"""The fields that Komga's answers always have."""


def template(asked: Asked) -> str:
    """The operation of a request: ids are replaced."""
    return re.sub(r"/(?:[bsrcnl]\d+)(?=/|$)", "/{id}", asked.line)


def check(double: ServerDouble, known: Mapping[str, set[str]]) -> None:
    for asked in double.requests:
        assert template(asked) in known
        if asked.body is not None:
            assert asked.body.keys() <= known[template(asked)], asked.line
    assert {template(asked) for asked in double.requests} >= known.keys() - RARE


RARE = {
    "POST /api/v1/readlists", "DELETE /api/v1/books/{id}/read-progress",
    "POST /api/ReadingList/create", "POST /api/ReadingList/delete-item",
}  # fmt: skip


def test_komga_is_asked_what_it_describes(
    bench: Workbench, servers: MediaServers, bridge: Bridge, komga: KomgaDouble
) -> None:
    paths = shelf(bench, 12)
    read_some(komga, paths)
    added = add_komga(servers, komga)
    process(bench, bridge, paths)
    settle(bench, bridge)
    servers.test(added.server_id)
    check(komga, KOMGA)


def test_kavita_is_asked_what_it_describes(
    bench: Workbench, servers: MediaServers, bridge: Bridge, kavita: KavitaDouble
) -> None:
    *paths, staying = shelf(bench, 5)
    kavita.reads_names_as = "Old "
    kavita.scan()
    kavita.read(paths[0], 2)
    listed = [paths[2], staying, *paths[:2]]
    kavita.lists[7001] = ("Best", [kavita.chapter_at(path).chapter_id for path in listed])
    kavita.collections[7002] = ("Sea", list(kavita.series))
    add_kavita(servers, kavita)
    names = process(bench, bridge, paths)
    settle(bench, bridge)
    (members,) = kavita.members_of().values()
    assert [names.get(each, each) for each in members] == [path.name for path in listed]
    check(kavita, KAVITA)


def test_the_double_of_komga_answers_with_every_field(bench: Workbench, komga: KomgaDouble) -> None:
    path = bench.comic("Mark/Mark 001.cbz")
    komga.scan()
    komga.read_lists["r1"] = Listed("r1", "Best", [komga.book_at(path).book_id])
    komga.collections["c1"] = Listed("c1", "Sea", list(komga.series))

    def first(method: str, path: str, body: Any = None) -> dict[str, Any]:
        asked = Asked(method, path, {}, body, {"x-api-key": "komga-key"})
        status, page = komga.answer(asked)
        assert (status, page.keys()) == (200, PAGE)
        value: dict[str, Any] = page["content"][0]
        return value

    assert first("POST", "/api/v1/books/list", {}).keys() == ANSWERS["BookDto"]
    assert first("GET", "/api/v1/readlists").keys() == ANSWERS["ReadListDto"]
    assert first("GET", "/api/v1/collections").keys() == ANSWERS["CollectionDto"]
