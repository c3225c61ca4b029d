"""What is asked of Komga and Kavita, and a check of that against their public API descriptions.

    python -m tests.media_servers.described komga openapi.json
    python -m tests.media_servers.described kavita openapi.json

The file is an OpenAPI document that you have downloaded: komga/docs/openapi.json of gotson/komga,
openapi.json of Kareadita/Kavita. The descriptions are other people's work and not in the
repository. Which versions were compared is in docs/decisions/0164.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Fields = Mapping[str, str]
"""Paths of fields, with their JSON types. `a.b` is a field of a field, `a[]` each of a list."""
_METHODS = frozenset({"get", "post", "put", "patch", "delete"})
_MOST_NESTED = 20


@dataclass(frozen=True)
class Operation:
    """A request: what its query and its body may have, and what is read of its answer.

    What is `newer` is sent only to releases whose answers have it, and need not be described.
    """

    query: frozenset[str] = frozenset()
    sends: frozenset[str] = frozenset()
    reads: Fields = field(default_factory=dict)
    newer: frozenset[str] = frozenset()


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _typed(**types: str) -> dict[str, str]:
    return {path: kind for kind, paths in types.items() for path in paths.split()}


def _within(prefix: str, fields: Fields) -> dict[str, str]:
    return {f"{prefix}{path}": kind for path, kind in fields.items()}


def _locks(fields: Fields) -> dict[str, str]:
    return {**fields, **{f"{name}Lock": "boolean" for name in fields}}


# --- Komga ---------------------------------------------------------------------------------------

KOMGA_BOOK_FIELDS = _locks(
    _typed(
        array="authors links tags",
        number="numberSort",
        string="isbn number releaseDate summary title",
    )
)
KOMGA_SERIES_FIELDS = _locks(
    _typed(
        array="alternateTitles genres links sharingLabels tags",
        integer="ageRating totalBookCount",
        string="language publisher readingDirection status summary title titleSort",
    )
)
_BOOK = {
    **_typed(
        string="id seriesId libraryId url fileHash media.status",
        integer="sizeBytes media.pagesCount readProgress.page",
        boolean="deleted readProgress.completed",
    ),
    **_within("metadata.", KOMGA_BOOK_FIELDS),
}
_SERIES = {
    **_typed(string="id", boolean="deleted"),
    **_within("metadata.", KOMGA_SERIES_FIELDS),
}
_LISTED = _typed(string="content[].id content[].name")
_PAGED = _names("page size sort")
_SEARCH = _names("condition fullTextSearch")

KOMGA: Mapping[str, Operation] = {
    "GET /api/v1/libraries": Operation(
        reads=_within("[].", _typed(string="id name root", boolean="hashFiles"))
    ),
    "POST /api/v1/libraries/{id}/scan": Operation(),
    "POST /api/v1/books/list": Operation(
        _PAGED, _SEARCH, {"last": "boolean", **_within("content[].", _BOOK)}
    ),
    "GET /api/v1/books/{id}": Operation(reads=_BOOK),
    "PATCH /api/v1/books/{id}/read-progress": Operation(sends=_names("page completed")),
    "DELETE /api/v1/books/{id}/read-progress": Operation(),
    "PATCH /api/v1/books/{id}/metadata": Operation(sends=frozenset(KOMGA_BOOK_FIELDS)),
    "POST /api/v1/series/list": Operation(
        _PAGED, _SEARCH, {"last": "boolean", **_within("content[].", _SERIES)}
    ),
    "GET /api/v1/series/{id}": Operation(reads=_SERIES),
    "PATCH /api/v1/series/{id}/metadata": Operation(sends=frozenset(KOMGA_SERIES_FIELDS)),
    "GET /api/v1/readlists": Operation(
        _names("unpaged"), reads={**_LISTED, "content[].bookIds": "array"}
    ),
    "POST /api/v1/readlists": Operation(sends=_names("name summary ordered bookIds")),
    "PATCH /api/v1/readlists/{id}": Operation(sends=_names("bookIds")),
    "GET /api/v1/collections": Operation(
        _names("unpaged"), reads={**_LISTED, "content[].seriesIds": "array"}
    ),
    "POST /api/v1/collections": Operation(sends=_names("name ordered seriesIds")),
    "PATCH /api/v1/collections/{id}": Operation(sends=_names("seriesIds")),
}
KOMGA_ALWAYS: Mapping[str, frozenset[str]] = {
    "BookDto": _names(
        "created deleted fileHash fileLastModified id lastModified libraryId media metadata name"
        " number oneshot seriesId seriesTitle size sizeBytes url"
    ),
    "MediaDto": _names(
        "comment epubDivinaCompatible epubIsKepub mediaProfile mediaType pagesCount status"
    ),
    "ReadProgressDto": _names("completed created deviceId deviceName lastModified page readDate"),
    "SeriesDto": _names(
        "booksCount booksInProgressCount booksMetadata booksReadCount booksUnreadCount created"
        " deleted fileLastModified id lastModified libraryId metadata name oneshot url"
    ),
    "ReadListDto": _names("bookIds createdDate filtered id lastModifiedDate name ordered summary"),
    "CollectionDto": _names("createdDate filtered id lastModifiedDate name ordered seriesIds"),
}
"""The fields that values of an answer always have: the double gives all of them."""

# --- Kavita --------------------------------------------------------------------------------------

_PEOPLE = (
    "writers coverArtists publishers characters pencillers inkers imprints colorists letterers"
    " editors translators"
)
_METADATA = _typed(
    array=f"genres tags teams locations {_PEOPLE}",
    integer="ageRating",
    string="summary language webLinks writers[].name genres[].title tags[].title",
    boolean=(
        "ageRatingLocked languageLocked summaryLocked genresLocked tagsLocked writerLocked"
        " coverArtistLocked publisherLocked characterLocked pencillerLocked inkerLocked"
        " imprintLocked coloristLocked lettererLocked editorLocked translatorLocked"
    ),
)
_CHAPTER = {
    **_typed(
        integer="id pages pagesRead files[].bytes",
        number="sortOrder",
        string="files[].filePath titleName releaseDate isbn",
        array="files",
    ),
    **_METADATA,
}
"""Releases after 0.8.8.3 also show the locks of _NEWER_LOCKS, and ids of other sites."""
_NEWER_LOCKS = "titleNameLocked sortOrderLocked releaseDateLocked"
_SERIES_METADATA = {
    **_typed(
        integer="publicationStatus releaseYear seriesId",
        boolean="publicationStatusLocked releaseYearLocked locationLocked",
    ),
    **_METADATA,
}


def _sent(fields: Fields, more: str = "", prefix: str = "") -> frozenset[str]:
    """The fields of a value that is written as it was read."""
    names = {name for name in fields if "[" not in name} | _names(more)
    return frozenset(f"{prefix}{name}" for name in names - _names("files pages pagesRead"))


_TITLED = _within("[].", _typed(integer="id", string="title"))
_KAVITA_PAGED = _names("PageNumber PageSize")
_POSITION = "readingListId readingListItemId toPosition"

KAVITA: Mapping[str, Operation] = {
    "POST /api/Plugin/authenticate": Operation(
        _names("apiKey pluginName"), reads={"token": "string"}
    ),
    "GET /api/Library/libraries": Operation(
        reads=_within("[].", _typed(integer="id", string="name", array="folders"))
    ),
    "POST /api/Library/scan-folder": Operation(sends=_names("apiKey folderPath")),
    "POST /api/Library/scan": Operation(_names("libraryId")),
    "POST /api/Series/all-v2": Operation(
        _KAVITA_PAGED,
        _names("statements combination limitTo"),
        _within("[].", _typed(integer="id libraryId")),
    ),
    "GET /api/Series/volumes": Operation(
        _names("seriesId"),
        reads={"[].id": "integer", **_within("[].chapters[].", _CHAPTER)},
    ),
    "GET /api/Series/chapter": Operation(_names("chapterId"), reads=_CHAPTER),
    "POST /api/Chapter/update": Operation(
        sends=_sent(_CHAPTER, _NEWER_LOCKS),
        newer=_names("aniListId malId hardcoverId metronId comicVineId mangaBakaId cbrId"),
    ),
    "GET /api/Series/metadata": Operation(_names("seriesId"), reads=_SERIES_METADATA),
    "POST /api/Series/metadata": Operation(
        sends=_sent(_SERIES_METADATA, "id maxCount totalCount teamLocked", "seriesMetadata.")
    ),
    "POST /api/Reader/progress": Operation(
        sends=_names("volumeId chapterId pageNum seriesId libraryId")
    ),
    "GET /api/Reader/get-progress": Operation(_names("chapterId"), reads={"pageNum": "integer"}),
    "POST /api/ReadingList/lists": Operation(_KAVITA_PAGED | {"includePromoted"}, reads=_TITLED),
    "GET /api/ReadingList/items": Operation(
        _names("readingListId"), reads=_within("[].", _typed(integer="id order chapterId"))
    ),
    "POST /api/ReadingList/create": Operation(sends=_names("title")),
    "POST /api/ReadingList/update-by-multiple": Operation(
        sends=_names("seriesId readingListId volumeIds chapterIds")
    ),
    "POST /api/ReadingList/update-position": Operation(sends=_names(f"{_POSITION} fromPosition")),
    "POST /api/ReadingList/delete-item": Operation(sends=_names(_POSITION)),
    "GET /api/Collection": Operation(_names("ownedOnly"), reads=_TITLED),
    "GET /api/Series/series-by-collection": Operation(
        _KAVITA_PAGED | {"collectionId"}, reads={"[].id": "integer"}
    ),
    "POST /api/Collection/update-for-series": Operation(
        sends=_names("collectionTagId collectionTagTitle seriesIds")
    ),
}

TABLES: Mapping[str, tuple[Mapping[str, Operation], Mapping[str, frozenset[str]]]] = {
    "komga": (KOMGA, KOMGA_ALWAYS),
    "kavita": (KAVITA, {}),
}

# --- the check -----------------------------------------------------------------------------------


class Description:
    """An OpenAPI document."""

    def __init__(self, value: Mapping[str, Any]) -> None:
        self._value = value
        self._operations = {
            f"{method.upper()} {_template(path)}": (item, operation)
            for path, item in value["paths"].items()
            for method, operation in item.items()
            if method in _METHODS
        }

    def problems(
        self,
        operations: Mapping[str, Operation],
        always: Mapping[str, frozenset[str]] | None = None,
    ) -> Iterator[str]:
        """Yield what the document says otherwise, each as a sentence."""
        for line, operation in operations.items():
            if _template(line) not in self._operations:
                yield f"{line} is not described."
                continue
            for problem in self._of(operation, *self._operations[_template(line)]):
                yield f"{line}: {problem}"
        for name, fields in (always or {}).items():
            required = set(self._schema(name).get("required", ()))
            if required != fields:
                yield f"{name} always has other fields: {' '.join(sorted(required ^ fields))}."

    def _of(
        self, operation: Operation, item: Mapping[str, Any], described: Mapping[str, Any]
    ) -> Iterator[str]:
        parameters = [
            self._whole(each)
            for each in (*item.get("parameters", ()), *described.get("parameters", ()))
        ]
        query = {each["name"]: each for each in parameters if each["in"] == "query"}
        for name in sorted(operation.query - query.keys()):
            yield f"the query has no {name}."
        needed = {name for name, each in query.items() if each.get("required")}
        for name in sorted(needed - operation.query):
            yield f"the query needs {name}."
        yield from self._body(operation, described)
        answers = [
            answer
            for status, answer in described.get("responses", {}).items()
            if status.startswith("2")
        ]
        schema = _json_of(self._whole(answers[0])) if answers else None
        if operation.reads and schema is None:
            yield "the answer is not described."
            return
        for path, kind in sorted(operation.reads.items()):
            found = self._at(schema or {}, path)
            if found is None:
                yield f"the answer has no {path}."
            elif kind not in (types := self._types(found)):
                yield f"{path} of the answer is {' or '.join(sorted(types))}, not {kind}."

    def _body(self, operation: Operation, described: Mapping[str, Any]) -> Iterator[str]:
        body = self._whole(described.get("requestBody", {}))
        schema = _json_of(body)
        if operation.sends and schema is None:
            yield "a body is not described."
            return
        for path in sorted(operation.sends):
            if self._at(schema or {}, path) is None:
                yield f"the body has no {path}."
        if schema is not None and (operation.sends or body.get("required")):
            needed = set(self._whole(schema).get("required", ()))
            for name in sorted(needed - {path.split(".")[0] for path in operation.sends}):
                yield f"the body needs {name}."

    def _at(self, schema: Mapping[str, Any], path: str) -> Mapping[str, Any] | None:
        """Return the schema of a field, None if there is no such field."""
        found: Mapping[str, Any] | None = schema
        for step in re.findall(r"\[\]|[^.\[\]]+", path):
            if found is None:
                return None
            whole = self._whole(found)
            found = whole.get("items") if step == "[]" else whole.get("properties", {}).get(step)
        return None if found is None else self._whole(found)

    def _whole(self, schema: Mapping[str, Any], depth: int = 0) -> Mapping[str, Any]:
        """Return a schema with its references followed and its parts put together."""
        if depth > _MOST_NESTED:
            raise ValueError("References of the description go in a circle.")
        if "$ref" in schema:
            value: Any = self._value
            for step in schema["$ref"].removeprefix("#/").split("/"):
                value = value[step]
            return self._whole(value, depth + 1)
        parts = [each for name in ("allOf", "oneOf", "anyOf") for each in schema.get(name, ())]
        if not parts:
            return schema
        whole = [{**schema, "allOf": (), "oneOf": (), "anyOf": ()}]
        whole += [dict(self._whole(each, depth + 1)) for each in parts]
        merged: dict[str, Any] = {}
        for each in whole:
            merged |= {name: value for name, value in each.items() if name != "properties"}
        merged["properties"] = {
            name: value for each in whole for name, value in each.get("properties", {}).items()
        }
        return merged

    def _types(self, schema: Mapping[str, Any]) -> set[str]:
        kinds = schema.get("type", "object")
        return set(kinds) if isinstance(kinds, list) else {kinds}

    def _schema(self, name: str) -> Mapping[str, Any]:
        found = self._value.get("components", {}).get("schemas", {}).get(name, {})
        return self._whole(found)


def _template(line: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", line)


def _json_of(value: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the schema of the JSON of a body or an answer."""
    content: Mapping[str, Any] = value.get("content", {})
    for kind in ("application/json", "*/*"):
        if kind in content:
            schema: Mapping[str, Any] | None = content[kind].get("schema")
            return schema
    return None


def main(arguments: Sequence[str]) -> int:
    """Print what differs; return 0 if nothing does, 1 if something does, 2 if it can't be said."""
    if len(arguments) != 2 or arguments[0] not in TABLES:
        print("Usage: python -m tests.media_servers.described komga|kavita FILE", file=sys.stderr)
        return 2
    server, file = arguments
    try:
        value = json.loads(Path(file).read_bytes())
        description = Description(value)
        version = value.get("info", {}).get("version", "?")
        problems = list(description.problems(*TABLES[server]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        print(f"{file} is not an OpenAPI document in JSON: {error!r}", file=sys.stderr)
        return 2
    for problem in problems:
        print(problem)
    print(f"{server} {version}: {len(TABLES[server][0])} operations, {len(problems)} differences.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
