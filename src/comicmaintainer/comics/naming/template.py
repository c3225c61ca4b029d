"""Naming templates: turn a comic's metadata into a file name that is safe everywhere.

`{series}` is replaced by a field; `{issue:3}` pads to three digits; `[ ({year})]` is left out
if a field in it is empty; `/` separates folders; `\\[` is a literal bracket.
Templates are parsed here and never by Python's own formatting. Used by rules, the rename
operation and the API's preview.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from comicmaintainer.comics.issue_numbers import padded_issue, plain_issue
from comicmaintainer.comics.metadata.model import ComicMetadata
from comicmaintainer.comics.naming.safe_names import ELLIPSIS, MAX_NAME_BYTES, safe_name, shorten
from comicmaintainer.errors import InvalidTemplate

DEFAULT_PADDING = 4
MAX_PADDING = 12
MAX_TEMPLATE_CHARS = 500
MAX_DEPTH = 5

_TOKEN = re.compile(r"\\.?|\{[^{}\[\]]*\}|[\[\]{}/]|[^\[\]{}/\\]+", re.DOTALL)
_FIELD = re.compile(r"\{\s*(?P<name>[A-Za-z_]+)\s*(?::\s*(?P<width>\d{1,3})\s*)?\}")
_EMPTY_BRACKETS = re.compile(r"\(\s*\)|\[\s*\]")
_WRITTEN_SUFFIX = re.compile(r"\.(?:cb[zr7t]|pdf)\s*$", re.IGNORECASE)
_LOOSE_ENDS = re.compile(r"^[\s_,-]+|[\s_,#-]+$")
_ESCAPES = {r"\{": "{", r"\}": "}", r"\[": "[", r"\]": "]"}


@dataclass(frozen=True, slots=True)
class TemplateField:
    """A field for templates; `digits` is the default padding, `None` for no padding at all."""

    name: str
    label: str
    value: Callable[[ComicMetadata], str]
    digits: int | None = None
    is_issue: bool = False


def _text(field: str) -> Callable[[ComicMetadata], str]:
    def value(metadata: ComicMetadata) -> str:
        stored = getattr(metadata, field)
        return "" if stored is None else str(stored)

    return value


def _first(field: str) -> Callable[[ComicMetadata], str]:
    def value(metadata: ComicMetadata) -> str:
        items = getattr(metadata, field)
        return items[0] if items else ""

    return value


def _person(*roles: str) -> Callable[[ComicMetadata], str]:
    def value(metadata: ComicMetadata) -> str:
        return next(iter(metadata.people(*roles)), "")

    return value


def _volume(metadata: ComicMetadata) -> str:
    """The number, or the text ("1-3", "7.5") that only MetronInfo can store."""
    return metadata.manga_volume or "" if metadata.volume is None else str(metadata.volume)


TEMPLATE_FIELDS: tuple[TemplateField, ...] = (
    TemplateField("series", "Series", _text("series")),
    TemplateField("issue", "Number, padded", _text("issue"), DEFAULT_PADDING, is_issue=True),
    TemplateField(
        "issue_no_pad", "Number as it is", lambda metadata: plain_issue(metadata.issue or "")
    ),
    TemplateField("title", "Title", _text("title")),
    TemplateField("volume", "Volume", _volume, 1),
    TemplateField("year", "Year", _text("year"), 4),
    TemplateField("month", "Month, two digits", _text("month"), 2),
    TemplateField("day", "Day, two digits", _text("day"), 2),
    TemplateField("count", "Issues in series", _text("count"), 1),
    TemplateField("publisher", "Publisher", _text("publisher")),
    TemplateField("imprint", "Imprint", _text("imprint")),
    TemplateField("language", "Language code", _text("language")),
    TemplateField("format", "Format", _text("format")),
    TemplateField("age_rating", "Age rating", _text("age_rating")),
    TemplateField("alternate_series", "Alternate series", _text("alternate_series")),
    TemplateField("series_sort_name", "Series, for sorting", _text("series_sort_name")),
    TemplateField("series_start_year", "First year", _text("series_start_year"), 4),
    TemplateField("collection_title", "Collection title", _text("collection_title")),
    TemplateField("scan_information", "Scan information", _text("scan_information")),
    TemplateField("page_count", "Page count", _text("page_count"), 1),
    TemplateField("gtin", "GTIN or ISBN", _text("gtin")),
    TemplateField("genre", "First genre", _first("genres")),
    TemplateField("series_group", "First series group", _first("series_groups")),
    TemplateField(
        "story_arc", "First story arc", lambda m: m.story_arcs[0].name if m.story_arcs else ""
    ),
    TemplateField("writer", "First writer", _person("Writer", "Script")),
    TemplateField("artist", "First artist", _person("Penciller", "Artist")),
)

_FIELDS: Mapping[str, TemplateField] = {
    **{field.name: field for field in TEMPLATE_FIELDS},
    "number": TEMPLATE_FIELDS[1],
}

# Fields of templates -> the fields of the metadata that they show, if named differently.
_METADATA_FIELDS: Mapping[str, tuple[str, ...]] = {
    "issue_no_pad": ("issue",),
    "volume": ("volume", "manga_volume"),
    "genre": ("genres",),
    "series_group": ("series_groups",),
    "story_arc": ("story_arcs",),
    "writer": ("credits",),
    "artist": ("credits",),
}


@dataclass(frozen=True, slots=True)
class _Reference:
    field: TemplateField
    width: int | None

    def text(self, metadata: ComicMetadata, padding: int) -> str:
        value = self.field.value(metadata).strip()
        if not value or self.field.digits is None:
            return value
        digits = self.width or (padding if self.field.is_issue else self.field.digits)
        return padded_issue(value, digits)


@dataclass(frozen=True, slots=True)
class _Section:
    nodes: tuple[_Node, ...]


_Node = str | _Reference | _Section


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of the result; only the texts of fields are shortened."""

    text: str
    is_field: bool = False


@dataclass(frozen=True, slots=True)
class Template:
    """A valid template; `text` is what the user wrote."""

    text: str
    _nodes: tuple[_Node, ...]
    _all_references: tuple[_Reference, ...]

    @classmethod
    def parse(cls, text: str) -> Template:
        """Raises: InvalidTemplate with the position (from 1) and what is allowed."""
        nodes = _Parser(text).parse()
        return cls(text, nodes, tuple(_references(nodes, deep=True)))

    def fields(self) -> tuple[str, ...]:
        """The names of its fields, each once."""
        return tuple(dict.fromkeys(node.field.name for node in self._all_references))

    def metadata_fields(self) -> frozenset[str]:
        """The metadata fields that it shows."""
        fields_ = (_METADATA_FIELDS.get(name, (name,)) for name in self.fields())
        return frozenset(name for names in fields_ for name in names)

    def has_any(self, metadata: ComicMetadata) -> bool:
        """Whether any of its fields has a value."""
        return any(node.field.value(metadata).strip() for node in self._all_references)

    def missing(self, metadata: ComicMetadata) -> tuple[str, ...]:
        """The empty fields outside optional sections, without which the name misleads.

        Where nothing would be left of the file's name, as `[{series}]` without a series, they are
        the fields in its sections. Each is named once.
        """
        empty = self._missing_of_required(metadata)
        if empty or any(piece.text.strip() for piece in _components(self._nodes, metadata)[-1]):
            return empty
        return _names_of_empty(self._all_references, metadata)

    def _missing_of_required(self, metadata: ComicMetadata) -> tuple[str, ...]:
        return _names_of_empty(_references(self._nodes, deep=False), metadata)

    def plain(self, metadata: ComicMetadata, padding: int = DEFAULT_PADDING) -> str | None:
        """The text, not made safe for files; `None` if a required field is empty."""
        if self._missing_of_required(metadata):
            return None
        return "".join(piece.text for piece in _pieces(self._nodes, metadata, padding)).strip()

    def render(
        self, metadata: ComicMetadata, padding: int = DEFAULT_PADDING, suffix: str = ""
    ) -> str:
        """The relative path with "/" between folders, ending in `suffix` (".cbz").

        Every component is safe (see `safe_names`). If one is too long, its longest fields are
        shortened, so that the number stays. Empty folders are left out, and so is a suffix of
        comics that the template itself ends in.
        """
        components = _components(self._nodes, metadata, padding)
        if suffix:
            components[-1] = _without_suffix(components[-1])
        tidy = bool(self.missing(metadata))
        *folders, name = [_fitted(component, "", tidy=tidy) for component in components[:-1]] + [
            _fitted(components[-1], suffix, tidy=tidy)
        ]
        return "/".join([*(folder for folder in folders if folder), name or safe_name("", suffix)])


def _names_of_empty(references: Iterable[_Reference], metadata: ComicMetadata) -> tuple[str, ...]:
    names = (node.field.name for node in references if not node.field.value(metadata).strip())
    return tuple(dict.fromkeys(names))


def _components(
    nodes: tuple[_Node, ...], metadata: ComicMetadata, padding: int = DEFAULT_PADDING
) -> list[list[_Piece]]:
    """The pieces of each folder and of the file's name."""
    components: list[list[_Piece]] = [[]]
    for piece in _pieces(nodes, metadata, padding):
        if piece.text == "/" and not piece.is_field:
            components.append([])
        else:
            components[-1].append(piece)
    return components


def _without_suffix(pieces: list[_Piece]) -> list[_Piece]:
    """The pieces of a name without the suffix of a comic that was written behind its fields."""
    if len(pieces) < 2 or pieces[-1].is_field:
        return pieces
    return [*pieces[:-1], _Piece(_WRITTEN_SUFFIX.sub("", pieces[-1].text))]


def _fitted(pieces: list[_Piece], suffix: str, *, tidy: bool) -> str:
    """A safe component made of the pieces; "" if they are empty."""
    budget = MAX_NAME_BYTES - len(suffix.encode())
    while True:
        joined = "".join(piece.text for piece in pieces)
        if tidy:
            joined = _LOOSE_ENDS.sub("", _EMPTY_BRACKETS.sub("", joined))
        if not joined.strip():
            return ""
        over = len(safe_name(joined, max_bytes=len(joined.encode()) * 3 + 16).encode()) - budget
        sizes = [len(piece.text.encode()) if piece.is_field else 0 for piece in pieces]
        longest = max(range(len(pieces)), key=sizes.__getitem__)
        keep = sizes[longest] - over - len(ELLIPSIS.encode())
        if over <= 0 or keep < 16:
            return safe_name(joined, suffix)
        cut = shorten(pieces[longest].text, keep).rstrip(" .,:-" + ELLIPSIS) + ELLIPSIS
        pieces = [*pieces[:longest], _Piece(cut, is_field=True), *pieces[longest + 1 :]]


def _pieces(nodes: tuple[_Node, ...], metadata: ComicMetadata, padding: int) -> Iterator[_Piece]:
    for node in nodes:
        match node:
            case str():
                yield _Piece(node)
            case _Reference():
                yield _Piece(node.text(metadata, padding), is_field=True)
            case _Section():
                if all(
                    inner.field.value(metadata).strip()
                    for inner in _references(node.nodes, deep=False)
                ):
                    yield from _pieces(node.nodes, metadata, padding)


def _references(nodes: tuple[_Node, ...], *, deep: bool) -> Iterator[_Reference]:
    for node in nodes:
        if isinstance(node, _Reference):
            yield node
        elif isinstance(node, _Section) and deep:
            yield from _references(node.nodes, deep=True)


class _Parser:
    """Parses the tokens in one pass, with a stack of open sections."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._open: list[tuple[int, list[_Node]]] = [(0, [])]

    def parse(self) -> tuple[_Node, ...]:
        if len(self._text) > MAX_TEMPLATE_CHARS:
            raise InvalidTemplate(f"A template has at most {MAX_TEMPLATE_CHARS} characters.")
        if not self._text.strip():
            raise InvalidTemplate("The template is empty; a simple one is {series} - {issue}.")
        for token in _TOKEN.finditer(self._text):
            self._take(token.group(), token.start())
        start, nodes = self._open[-1]
        if len(self._open) > 1:
            raise self._error(start, "[", "this optional section is not closed; add a ']'")
        result = tuple(nodes)
        if next(_references(result, deep=True), None) is None:
            raise InvalidTemplate(
                f"The template '{self._text}' names no field, so all comics would get one name. "
                f"Allowed: {_allowed()}."
            )
        self._check_folders()
        return result

    def _take(self, symbol: str, position: int) -> None:
        _, nodes = self._open[-1]
        if symbol in _ESCAPES:
            nodes.append(_ESCAPES[symbol])
        elif symbol == "[":
            if len(self._open) > MAX_DEPTH:
                raise self._error(position, symbol, f"sections nest at most {MAX_DEPTH} deep")
            self._open.append((position, []))
        elif symbol == "]":
            self._close(position)
        elif symbol in "{}":
            raise self._error(
                position, symbol, f"a field is written {{name}}, a plain bracket \\{symbol}"
            )
        elif symbol.startswith("{"):
            nodes.append(self._reference(symbol, position))
        elif symbol.startswith("\\"):
            raise self._error(
                position, symbol, "'\\' only stands before a bracket; folders are separated by '/'"
            )
        elif any(ord(letter) < 32 for letter in symbol):
            raise self._error(position, symbol, "control characters can't be part of a name")
        else:
            nodes.append(symbol)

    def _close(self, position: int) -> None:
        if len(self._open) == 1:
            raise self._error(position, "]", "no section is open here; a plain bracket is '\\]'")
        start, nodes = self._open.pop()
        section = _Section(tuple(nodes))
        if next(_references(section.nodes, deep=True), None) is None:
            raise self._error(
                start, "[", "an optional section holds a field; a plain bracket is '\\['"
            )
        self._open[-1][1].append(section)

    def _reference(self, symbol: str, position: int) -> _Reference:
        match = _FIELD.fullmatch(symbol)
        if match is None:
            raise self._error(position, symbol, "a field is written {name} or {name:digits}")
        field = _FIELDS.get(match["name"].casefold())
        if field is None:
            raise self._error(position, symbol, f"there is no such field. Allowed: {_allowed()}")
        if match["width"] is None:
            return _Reference(field, None)
        width = int(match["width"])
        if field.digits is None:
            raise self._error(position, symbol, f"{field.name} is text and can't be padded")
        if not 1 <= width <= MAX_PADDING:
            raise self._error(position, symbol, f"pad to 1 to {MAX_PADDING} digits")
        return _Reference(field, width)

    def _check_folders(self) -> None:
        if self._text.lstrip(" [").startswith("/"):
            raise self._error(self._text.index("/"), "/", "a name can't start at the root")
        if self._text.rstrip(" ]").endswith("/"):
            raise self._error(self._text.rindex("/"), "/", "the file's name is missing after it")
        position = 0
        for part in self._text.split("/"):
            if part.strip(" []") in (".", ".."):
                raise self._error(position, part, "names can't lead out of the folder")
            position += len(part) + 1

    def _error(self, position: int, symbol: str, reason: str) -> InvalidTemplate:
        error = InvalidTemplate(
            f"Template '{self._text}', position {position + 1} ('{symbol[:40]}'): {reason}."
        )
        return error.at(position, position + len(symbol))


def _allowed() -> str:
    return ", ".join(f"{{{field.name}}}" for field in TEMPLATE_FIELDS)
