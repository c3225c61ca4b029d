"""CBL, the format in which ComicRack and others exchange reading lists: read and written.

A document is flat XML: `<ReadingList><Name>…</Name><Books><Book Series="…" Number="1"
Volume="2016" Year="2017"><Database Name="cv" Series="1" Issue="2"/></Book>…`. It comes from
strangers, and a web worker reads it, so it is parsed with expat, within the limits of other
documents. Declarations of types and entities are refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from xml.parsers import expat

from comicmaintainer.comics.filename.parser import parse_filename
from comicmaintainer.comics.metadata.document_limits import MAX_MARKS
from comicmaintainer.errors import InvalidInput
from comicmaintainer.library.reading_lists.model import (
    MAX_TEXT_LENGTH,
    ListEntry,
    SourceIds,
    require_list_size,
)
from comicmaintainer.matching.identifiers import COMICVINE

MAX_DOCUMENT_BYTES = 16 << 20
MAX_DEPTH = 16
_ABBREVIATIONS = {"cv": COMICVINE}
_SHORT = {name: short for short, name in _ABBREVIATIONS.items()}
_REFERENCES = str.maketrans({'"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"})
"""What an attribute can't hold as it is: a reader turns tabs and line ends into spaces."""
_START = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    '<ReadingList xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n'
)


def read_cbl(data: bytes) -> tuple[str | None, tuple[ListEntry, ...]]:
    """Return the name of the list in a document, and its entries in order.

    Raises:
        InvalidInput: it is not a list, is too large, or has no entries (a list by rules).
    """
    _require_small(data)
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse_declaration
    parser.EntityDeclHandler = _refuse_declaration
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise InvalidInput(f"This is not a reading list: {error}.") from error
    except (LookupError, ValueError) as error:  # of the codec; expat takes those of one byte
        raise InvalidInput(
            "This reading list has an encoding that can't be read; save it as UTF-8."
        ) from error
    if reader.has_rules and not reader.entries:
        raise InvalidInput("This list has rules instead of comics; only lists of comics are read.")
    require_list_size(len(reader.entries))
    return reader.name, tuple(reader.entries)


def write_cbl(name: str, entries: Iterable[ListEntry]) -> bytes:
    """Return the document of a list, with the ids that are known."""
    books = [_book(entry) for entry in entries]
    return "".join(
        (
            _START,
            f"<Name>{_xml_text(name)}</Name>\n<NumIssues>{len(books)}</NumIssues>\n",
            "<Books>\n",
            *books,
            "</Books>\n<Matchers />\n</ReadingList>\n",
        )
    ).encode()


class _Reader:
    """Gathers the entries of a document while it is parsed."""

    def __init__(self) -> None:
        self.name: str | None = None
        self.entries: list[ListEntry] = []
        self.has_rules = False
        self._path: list[str] = []
        self._book: Mapping[str, str] = {}
        self._ids: dict[str, SourceIds] = {}
        self._texts: dict[str, str] = {}

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Handle the start of an element."""
        self._path.append(name)
        if len(self._path) > MAX_DEPTH:
            raise InvalidInput("This is not a reading list: its elements are nested too deeply.")
        match self._path:
            case [root] if root != "ReadingList":
                raise InvalidInput(f"This is not a reading list: it starts with {_shown(root)}.")
            case [_, "Books", "Book"]:
                self._book, self._ids, self._texts = attributes, {}, {}
            case [_, "Books", "Book", "Database"]:
                self._add_ids(attributes)
            case [_, "Matchers", _]:
                self.has_rules = True

    def text(self, text: str) -> None:
        """Handle text, which may come in several parts."""
        match self._path:
            case [_, "Name" as name] | [_, "Books", "Book", ("FileName" | "Id") as name]:
                self._texts[name] = self._texts.get(name, "") + text

    def end(self, _name: str) -> None:
        """Handle the end of an element."""
        match self._path:
            case [_, "Name"]:
                self.name = self._texts.pop("Name", "").strip() or None
            case [_, "Books", "Book"]:
                self._add_book()
        self._path.pop()

    def _add_ids(self, attributes: Mapping[str, str]) -> None:
        name = _bounded(attributes.get("Name"))
        ids = SourceIds(_bounded(attributes.get("Series")), _bounded(attributes.get("Issue")))
        if name is not None and ids != SourceIds():
            source = name.casefold()
            self._ids.setdefault(_ABBREVIATIONS.get(source, source), ids)

    def _add_book(self) -> None:
        series, number = _bounded(self._book.get("Series")), _bounded(self._book.get("Number"))
        volume, year = _whole(self._book.get("Volume")), _whole(self._book.get("Year"))
        file_name = _bounded(self._texts.get("FileName"))
        if series is None and file_name is not None:
            parsed = parse_filename(f"{file_name}.cbz")
            series, number = parsed.series, number or parsed.issue
            year = year or _whole(parsed.year)
        self.entries.append(
            ListEntry(
                series=series,
                number=number,
                volume=volume,
                year=year,
                format=_bounded(self._book.get("Format")),
                ids=dict(self._ids),
                book_id=_bounded(self._texts.get("Id")),
            )
        )


def _require_small(data: bytes) -> None:
    if len(data) > MAX_DOCUMENT_BYTES:
        raise InvalidInput(f"A reading list may have at most {MAX_DOCUMENT_BYTES >> 20} MiB.")
    for mark, most, name in MAX_MARKS:
        if data.count(mark) > most:
            raise InvalidInput(f"The reading list has more than {most:,} {name}; it is not read.")


def _refuse_declaration(*_: object) -> None:
    raise InvalidInput("The reading list declares types or entities; it is not read.")


def _bounded(text: str | None) -> str | None:
    bare = " ".join((text or "").split())
    if len(bare) > MAX_TEXT_LENGTH:
        raise InvalidInput(
            f"The reading list has a text of more than {MAX_TEXT_LENGTH} characters; "
            "it is not read."
        )
    return bare or None


def _whole(text: str | None) -> int | None:
    """The number, if it is one of at most four digits and not 0; ComicRack writes -1 for none."""
    bare = (text or "").strip()
    if not (bare.isascii() and bare.isdecimal() and len(bare) <= 4):
        return None
    return int(bare) or None


def _shown(name: str) -> str:
    return name if len(name) <= 40 else f"{name[:39]}…"


def _book(entry: ListEntry) -> str:
    attributes = {
        "Series": entry.series,
        "Number": entry.number,
        "Volume": entry.volume,
        "Year": entry.year,
        "Format": entry.format,
    }
    inner = "".join(
        _element(
            "Database",
            {"Name": _SHORT.get(source, source), "Series": ids.series, "Issue": ids.issue},
        )
        for source, ids in entry.ids.items()
    )
    if entry.book_id is not None:
        inner += f"<Id>{_xml_text(entry.book_id)}</Id>\n"
    return _element("Book", attributes, inner)


def _element(name: str, values: Mapping[str, object], inner: str = "") -> str:
    attributes = "".join(
        f' {key}="{_xml_text(str(value))}"' for key, value in values.items() if value is not None
    )
    return f"<{name}{attributes}>\n{inner}</{name}>\n" if inner else f"<{name}{attributes} />\n"


def _xml_text(text: str) -> str:
    """Return `text` as content or an attribute, without the characters that XML can't have."""
    possible = "".join(
        char
        for char in text
        if char in "\t\n\r" or ("\x20" <= char <= "\ud7ff") or ("\ue000" <= char <= "\ufffd")
        or char >= "\U00010000"
    )  # fmt: skip
    return escape(possible, quote=False).translate(_REFERENCES)
