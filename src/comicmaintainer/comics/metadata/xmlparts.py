"""Reads and edits the declared parts of a nested XML document: texts and lists of records.

Used by formats whose elements nest, as MetronInfo's do. A path is "Series/Name" or
"Series/@lang"; a record's part is "" (its own text), "Name", "@id", or "Roles/Role" (several).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from comicmaintainer.comics.metadata import xmltree
from comicmaintainer.comics.metadata.codecs import KEEP, Encoded
from comicmaintainer.comics.metadata.model import ComicMetadata
from comicmaintainer.comics.metadata.text import clean_line

Row = dict[str, Any]  # part -> text, or a tuple of texts for a repeated part


@dataclass(frozen=True, slots=True)
class Single:
    """A text at one path, since a version of the format.

    `decode` returns field values, `encode` the text for metadata.
    """

    path: str
    decode: Callable[[str], Mapping[str, Any]]
    encode: Callable[[ComicMetadata], Encoded]
    since: str = "1.0"


@dataclass(frozen=True, slots=True)
class Listing:
    """Records at one path, one row each; the first of `parts` is required.

    Rows with equal `key` parts are the same record. `is_valid` decides if the schema allows a row;
    rows that are already in the file stay.
    """

    path: str
    parts: tuple[str, ...]
    decode: Callable[[list[Row]], Mapping[str, Any]]
    encode: Callable[[ComicMetadata], Iterable[Row]]
    is_valid: Callable[[Row], bool] = lambda _: True
    key: tuple[str, ...] = ()


def read_single(root: etree._Element, single: Single) -> Mapping[str, Any]:
    """The field values at the path; nothing for an absent or empty text."""
    *parents, last = single.path.split("/")
    element = _find(root, parents)
    if element is None:
        return {}
    if last.startswith("@"):
        text = element.get(last[1:], "")
    else:
        child = xmltree.child_named(element, last)
        text = xmltree.text_of(child)
        if child is None and last == "Name":
            text = xmltree.text_of(element)  # drafts use <Publisher>Name</Publisher>
    text = text.strip()
    return single.decode(text) if text else {}


def edit_single(
    root: etree._Element, single: Single, old: Encoded, new: Encoded, order: Sequence[str]
) -> bool:
    """Set the text at the path to `new` and return whether it changed."""
    if new is KEEP or new == old:
        return False
    *parents, last = single.path.split("/")
    element = _find(root, parents)
    if new is None:
        return element is not None and _remove(element, last)
    element = _ensure(root, parents, order)
    if last.startswith("@"):
        element.set(last[1:], new)
        return True
    child = xmltree.child_named(element, last)
    if child is None:
        if last == "Name" and not len(element):
            element.text = None  # the place of the text in drafts
        child = xmltree.add_child(element, last, order)
    xmltree.set_text(child, new)
    return True


def read_listing(root: etree._Element, listing: Listing) -> Mapping[str, Any]:
    """The field values of all complete records."""
    *parents, item = listing.path.split("/")
    container = _find(root, parents)
    if container is None:
        return {}
    rows = [_read_row(child, listing) for child in xmltree.children_named(container, item)]
    rows = [row for row in rows if row.get(listing.parts[0])]
    return listing.decode(rows) if rows else {}


def edit_listing(
    root: etree._Element,
    listing: Listing,
    current: ComicMetadata,
    metadata: ComicMetadata,
    order: Sequence[str],
) -> bool:
    """Update the list from `metadata` and return whether it changed.

    Elements of remaining records keep their attributes and other content.
    """
    old, target = _rows(current, listing), _rows(metadata, listing)
    known = {_hashable(row) for row in old}
    new = [row for row in target if _hashable(row) in known or listing.is_valid(row)]
    if new == old or (target and not new):
        return False
    *parents, item = listing.path.split("/")
    if not new:
        container = _find(root, parents)
        if container is not None:
            xmltree.remove_child(container)
        return container is not None
    container = _ensure(root, parents, order)
    keys = {_key(row, listing) for row in new}
    present = _keep_only(
        container, item, lambda each: _key(_read_row(each, listing), listing), keys
    )
    elements = [_or_new(present.get(_key(row, listing)), container, item) for row in new]
    xmltree.arrange(container, item, elements)
    for row, element in zip(new, elements, strict=True):
        _write_row(element, row, listing)
    return True


def _keep_only(
    container: etree._Element,
    item: str,
    key_of: Callable[[etree._Element], Any],
    keys: Collection[Any],
) -> dict[Any, etree._Element]:
    """Remove other items and duplicates; return the remaining items by key."""
    present: dict[Any, etree._Element] = {}
    for child in xmltree.children_named(container, item):
        key = key_of(child)
        if key in keys and key not in present:
            present[key] = child
        else:
            xmltree.remove_child(child)
    return present


def _or_new(present: etree._Element | None, container: etree._Element, item: str) -> etree._Element:
    return xmltree.new_child(container, item) if present is None else present


def _hashable(row: Row) -> frozenset[tuple[str, Any]]:
    return frozenset(row.items())


def _key(row: Row, listing: Listing) -> tuple[Any, ...]:
    return tuple(row.get(part, "") for part in listing.key or listing.parts[:1])


def _rows(metadata: ComicMetadata, listing: Listing) -> list[Row]:
    """The records as rows without empty parts, each record once."""
    result: dict[tuple[Any, ...], Row] = {}
    for row in listing.encode(metadata):
        kept = {part: value for part, value in row.items() if value}
        if kept.get(listing.parts[0]):
            result.setdefault(_key(kept, listing), kept)
    return list(result.values())


def _read_row(element: etree._Element, listing: Listing) -> Row:
    row: Row = {}
    for part in listing.parts:
        value: Any
        if not part:
            value = clean_line(xmltree.text_of(element))
            if not value and (name := xmltree.child_named(element, "Name")) is not None:
                value = clean_line(xmltree.text_of(name))  # drafts nest a Name everywhere
        elif part.startswith("@"):
            value = clean_line(element.get(part[1:], ""))
        elif "/" in part:
            value = tuple(
                text
                for child in _find_all(element, part)
                if (text := clean_line(xmltree.text_of(child)))
            )
        else:
            child = xmltree.child_named(element, part)
            value = clean_line(xmltree.text_of(element if child is None else child))
            if child is None and part != listing.parts[0]:
                value = ""
        if value:
            row[part] = value
    return row


def _write_row(element: etree._Element, row: Row, listing: Listing) -> None:
    before = _read_row(element, listing)
    for part in listing.parts:
        value = row.get(part)
        if value == before.get(part):
            continue
        if not part:
            xmltree.set_text(element, value or "")
        elif "/" in part:
            _write_texts(element, part, value or ())
        elif not value:
            _remove(element, part)
        elif part.startswith("@"):
            element.set(part[1:], value)
        else:
            child = xmltree.child_named(element, part)
            if child is None:
                child = xmltree.add_child(element, part, listing.parts)
            xmltree.set_text(child, value)


def _write_texts(element: etree._Element, part: str, texts: Sequence[str]) -> None:
    outer, inner = part.split("/")
    container = xmltree.child_named(element, outer)
    if not texts:
        if container is not None:
            xmltree.remove_child(container)
        return
    if container is None:
        container = xmltree.add_child(element, outer)
    present = _keep_only(
        container, inner, lambda each: clean_line(xmltree.text_of(each)), frozenset(texts)
    )
    unique_texts = list(dict.fromkeys(texts))
    elements = [_or_new(present.get(text), container, inner) for text in unique_texts]
    xmltree.arrange(container, inner, elements)
    for text, element in zip(unique_texts, elements, strict=True):
        if text not in present:
            xmltree.set_text(element, text)


def _find(root: etree._Element, parents: Sequence[str]) -> etree._Element | None:
    if not parents:
        return root
    child = xmltree.child_named(root, parents[0])
    return None if child is None else _find(child, parents[1:])


def _find_all(element: etree._Element, path: str) -> list[etree._Element]:
    outer, inner = path.split("/")
    container = xmltree.child_named(element, outer)
    return [] if container is None else xmltree.children_named(container, inner)


def _ensure(root: etree._Element, parents: Sequence[str], order: Sequence[str]) -> etree._Element:
    if not parents:
        return root
    child = xmltree.child_named(root, parents[0])
    if child is None:
        child = xmltree.add_child(root, parents[0], order)
    return _ensure(child, parents[1:], order)


def _remove(element: etree._Element, last: str) -> bool:
    """Remove an attribute or child, and the parent if it is then empty."""
    if last.startswith("@"):
        if last[1:] not in element.attrib:
            return False
        del element.attrib[last[1:]]
        return True
    child = xmltree.child_named(element, last)
    if child is None:
        return False
    xmltree.remove_child(child)
    if len(element) == 0 and not element.attrib and not xmltree.text_of(element).strip():
        xmltree.remove_child(element)
    return True
