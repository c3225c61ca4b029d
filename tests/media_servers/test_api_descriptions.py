"""What is asked, and what the doubles answer, is in the tables that `described` compares.

Sources: gotson/komga, komga/docs/openapi.json; Kareadita/Kavita, openapi.json and its controllers.
The descriptions themselves are other people's work and not in the repository, and tests ask no
network: `python -m tests.media_servers.described` compares the tables with a document.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from comicmaintainer.media_servers.bridge import Bridge
from comicmaintainer.media_servers.servers import MediaServers
from tests.kit.kavita_double import KavitaDouble
from tests.kit.komga_double import KomgaDouble, Listed
from tests.kit.server_double import Asked, ServerDouble
from tests.media_servers.conftest import add_kavita, add_komga
from tests.media_servers.described import (
    KAVITA,
    KOMGA,
    KOMGA_ALWAYS,
    Description,
    Operation,
    main,
)
from tests.media_servers.test_carrying import file_away, process, read_some, settle, shelf
from tests.operations.workbench import Workbench

RARE = {
    "DELETE /api/v1/books/{id}/read-progress", "POST /api/v1/readlists",
    "POST /api/v1/collections", "POST /api/ReadingList/create",
    "POST /api/ReadingList/delete-item", "POST /api/Library/scan",
}  # fmt: skip
"""Operations that the tests here have no occasion for."""
PAGE = {"content", "empty", "first", "last", "number", "numberOfElements", "size"}
PAGE |= {"totalElements", "totalPages"}
KINDS: Mapping[str, type | tuple[type, ...]] = {
    "string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list,
}  # fmt: skip


def template(asked: Asked) -> str:
    """The operation of a request: ids are replaced."""
    return re.sub(r"/(?:[bsrcnl]\d+)(?=/|$)", "/{id}", asked.line)


def sent(body: Mapping[str, Any], known: frozenset[str], prefix: str = "") -> Iterator[str]:
    """Yield the paths of a body's fields, as the table names them."""
    for name, value in body.items():
        path = f"{prefix}{name}"
        if isinstance(value, dict) and path not in known:
            yield from sent(value, known, f"{path}.")
        else:
            yield path


def found(value: Any, steps: list[str]) -> Iterator[Any]:
    """Yield what is at a path; what is null or left out is not there."""
    if value is None:
        return
    if not steps:
        yield value
    elif steps[0] == "[]":
        for each in value:
            yield from found(each, steps[1:])
    else:
        yield from found(value.get(steps[0]), steps[1:])


def check(double: ServerDouble, known: Mapping[str, Operation]) -> None:
    read: set[tuple[str, str]] = set()
    for asked, value in double.answers:
        line = template(asked)
        assert line in known
        operation = known[line]
        assert asked.query.keys() <= operation.query, line
        known_fields = operation.sends | operation.newer
        assert set(sent(asked.body or {}, known_fields)) <= known_fields, line
        for path, kind in operation.reads.items():
            for each in found(value, re.findall(r"\[\]|[^.\[\]]+", path)):
                assert isinstance(each, KINDS[kind]), (line, path)
                assert kind == "boolean" or not isinstance(each, bool), (line, path)
                read.add((line, path))
    lines = {template(asked) for asked, _ in double.answers}
    assert lines >= known.keys() - RARE
    unset = {path for line in lines for path in known[line].reads if (line, path) not in read}
    assert {path.rpartition(".")[2] for path in unset} <= UNSET


UNSET = {"releaseDate", "ageRating", "totalBookCount"}
"""Fields that are null as long as nobody sets them."""


def test_komga_is_asked_what_it_describes(
    bench: Workbench, servers: MediaServers, bridge: Bridge, komga: KomgaDouble
) -> None:
    paths = shelf(bench, 12)
    read_some(komga, paths)
    series = komga.series_at(paths[0].parent)
    series.metadata |= {"summary": "Mine.", "summaryLock": True}
    added = add_komga(servers, komga)
    file_away(bench, bridge, [path for path in paths if path.parent == series.folder])
    settle(bench, bridge)
    process(bench, bridge, [path for path in paths if path.parent != series.folder])
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
    mine = {"summary": "Mine.", "summaryLocked": True, "genres": ["a"], "genresLocked": True}
    mine |= {"tags": ["b"], "tagsLocked": True, "writers": ["Ann"], "writerLocked": True}
    mine |= {"language": "en", "languageLocked": True}
    kavita.chapter_at(paths[0]).metadata |= mine
    for each in kavita.series.values():
        each.metadata |= mine
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
    komga.read(path, 1)
    komga.read_lists["r1"] = Listed("r1", "Best", [komga.book_at(path).book_id])
    komga.collections["c1"] = Listed("c1", "Sea", list(komga.series))

    def first(method: str, path: str, body: Any = None) -> dict[str, Any]:
        asked = Asked(method, path, {}, body, {"x-api-key": "komga-key"})
        status, page = komga.answer(asked)
        assert (status, page.keys()) == (200, PAGE)
        value: dict[str, Any] = page["content"][0]
        return value

    book = first("POST", "/api/v1/books/list", {})
    progress = book.pop("readProgress")
    answers = {
        "BookDto": book,
        "MediaDto": book["media"],
        "ReadProgressDto": progress,
        "SeriesDto": first("POST", "/api/v1/series/list", {}),
        "ReadListDto": first("GET", "/api/v1/readlists"),
        "CollectionDto": first("GET", "/api/v1/collections"),
    }
    assert {name: set(value) for name, value in answers.items()} == KOMGA_ALWAYS


# --- the check of descriptions --------------------------------------------------------------------

USED = {
    "GET /shelves": Operation(
        frozenset({"page"}), reads={"[].id": "integer", "[].owner.name": "string"}
    ),
    "POST /shelves/{id}": Operation(sends=frozenset({"title", "owner.name"})),
    "DELETE /shelves/{id}": Operation(),
}
ALWAYS = {"Shelf": frozenset({"id", "owner"})}


def answer(schema: dict[str, Any]) -> dict[str, Any]:
    return {"200": {"content": {"application/json": {"schema": schema}}}}


def described() -> dict[str, Any]:
    """A small description that has all that is used."""
    shelf = {"$ref": "#/components/schemas/Shelf"}
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/New"}}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Shelves", "version": "7.1"},
        "paths": {
            "/shelves": {
                "get": {
                    "parameters": [{"in": "query", "name": "page", "required": True}],
                    "responses": answer({"type": "array", "items": shelf}),
                }
            },
            "/shelves/{shelfId}": {
                "summary": "One shelf",
                "parameters": [{"in": "path", "name": "shelfId", "required": True}],
                "post": {"requestBody": body, "responses": {"204": {"description": "Done"}}},
                "delete": {"responses": {"204": {"description": "Gone"}}},
            },
        },
        "components": {
            "schemas": {
                "Owner": {"type": "object", "properties": {"name": {"type": ["string", "null"]}}},
                "Named": {"type": "object", "properties": {"id": {"type": "integer"}}},
                "Shelf": {
                    "allOf": [{"$ref": "#/components/schemas/Named"}],
                    "properties": {"owner": {"$ref": "#/components/schemas/Owner"}},
                    "required": ["id", "owner"],
                },
                "New": {
                    "type": "object",
                    "properties": {
                        "title": {"type": "string"},
                        "owner": {"$ref": "#/components/schemas/Owner"},
                    },
                    "required": ["title"],
                },
            }
        },
    }


def problems(value: dict[str, Any]) -> list[str]:
    return list(Description(value).problems(USED, ALWAYS))


def test_a_description_that_has_all_that_is_used() -> None:
    assert problems(described()) == []


SHELF, NEW = ("components", "schemas", "Shelf"), ("components", "schemas", "New")
GET, POST = ("paths", "/shelves", "get"), ("paths", "/shelves/{shelfId}", "post")
OTHERWISE: list[tuple[tuple[str, ...], Any, list[str]]] = [
    (("paths", "/shelves"), None, ["GET /shelves is not described."]),
    (("paths", "/shelves/{shelfId}", "delete"), None, ["DELETE /shelves/{id} is not described."]),
    ((*GET, "parameters"), None, ["GET /shelves: the query has no page."]),
    (
        (*GET, "parameters"),
        [{"in": "query", "name": "page"}, {"in": "query", "name": "sort", "required": True}],
        ["GET /shelves: the query needs sort."],
    ),
    ((*GET, "responses"), {"200": {}}, ["GET /shelves: the answer is not described."]),
    ((*POST, "requestBody"), None, ["POST /shelves/{id}: a body is not described."]),
    ((*NEW, "properties", "title"), None, ["POST /shelves/{id}: the body has no title."]),
    ((*NEW, "properties", "owner"), None, ["POST /shelves/{id}: the body has no owner.name."]),
    ((*NEW, "required"), ["title", "place"], ["POST /shelves/{id}: the body needs place."]),
    ((*SHELF, "allOf"), None, ["GET /shelves: the answer has no [].id."]),
    (
        ("components", "schemas", "Owner", "properties", "name"),
        {"type": "integer"},
        ["GET /shelves: [].owner.name of the answer is integer, not string."],
    ),
    ((*SHELF, "required"), ["id"], ["Shelf always has other fields: owner."]),
]


@pytest.mark.parametrize(("steps", "value", "told"), OTHERWISE)
def test_a_description_that_says_otherwise(
    steps: tuple[str, ...], value: Any, told: list[str]
) -> None:
    changed = deepcopy(described())
    *there, last = steps
    inner = changed
    for step in there:
        inner = inner[step]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    assert problems(changed) == told


def test_the_command_says_what_differs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(described()))
    assert main(["komga", str(file)]) == 1
    out = capsys.readouterr().out
    assert "GET /api/v1/libraries is not described." in out
    assert out.splitlines()[-1].startswith(f"komga 7.1: {len(KOMGA)} operations, ")
    file.write_text(json.dumps(document_of(KAVITA)))
    assert main(["kavita", str(file)]) == 0
    last = f"kavita 8.0: {len(KAVITA)} operations, 0 differences.\n"
    assert capsys.readouterr().out == last


def document_of(operations: Mapping[str, Operation]) -> dict[str, Any]:
    """A description made of a table."""
    paths: dict[str, Any] = {}
    for line, operation in operations.items():
        method, path = line.split(" ")
        made: dict[str, Any] = {
            "parameters": [{"in": "query", "name": name} for name in operation.query]
        }
        if operation.sends:
            schema = schema_of(dict.fromkeys(operation.sends, "string"))
            made["requestBody"] = {"content": {"application/json": {"schema": schema}}}
        made["responses"] = answer(schema_of(operation.reads))
        paths.setdefault(path, {})[method.lower()] = made
    return {"info": {"version": "8.0"}, "paths": paths}


def schema_of(fields: Mapping[str, str]) -> dict[str, Any]:
    schema: dict[str, Any] = {}
    for path, kind in fields.items():
        inner = schema
        for step in re.findall(r"\[\]|[^.\[\]]+", path):
            if step == "[]":
                inner = inner.setdefault("items", {})
            else:
                inner = inner.setdefault("properties", {}).setdefault(step, {})
        inner["type"] = kind
    return schema


@pytest.mark.parametrize("content", ["no JSON", "[]", '{"openapi": "3.1.0"}'])
def test_what_is_no_description_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    file = tmp_path / "openapi.json"
    file.write_text(content)
    assert main(["kavita", str(file)]) == 2
    assert "is not an OpenAPI document" in capsys.readouterr().err
    assert main(["plex", str(file)]) == 2
    assert main(["komga", str(tmp_path / "none.json")]) == 2
