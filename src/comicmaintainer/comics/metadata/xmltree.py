"""Reads and writes XML trees safely, and edits them without changing other parts.

Used by the XML formats. Entities, DTDs and the network are off, and sizes are limited. The byte
order mark and the bytes themselves override a wrong encoding declaration.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from lxml import etree

from comicmaintainer.comics.metadata.document_limits import require_few_parts
from comicmaintainer.errors import MalformedMetadata

# A tree takes up to 70 times its text; the largest real documents are some 200 KB.
MAX_XML_BYTES = 2 * 1024 * 1024

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"<\x00", "utf-16le"),
    (b"\x00<", "utf-16be"),
)
_POSITION = re.compile(r", line \d+, column \d+$")
# .NET writes a string as UTF-8 but declares UTF-16.
_WIDE_DECLARED = re.compile(
    rb"""<\?xml[^>]{0,80}encoding\s*=\s*["'](?:utf-?16|ucs-?2|utf-?32)""", re.IGNORECASE
)
_DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'
_INDENT = "  "


def parse_xml(data: bytes, member: str) -> etree._Element:
    """Parse a whole document and return its root.

    Raises: MalformedMetadata naming `member`, line and column, also for documents that exceed
    `MAX_XML_BYTES`, have too many parts, or declare entities.
    """
    if len(data) > MAX_XML_BYTES:
        raise MalformedMetadata(f"{member} is larger than {MAX_XML_BYTES} bytes; it is not read.")
    require_few_parts(data, member)
    encoding = _real_encoding(data)
    skipped_lines = 0
    if encoding in (None, "utf-8"):
        # Some writers leave empty lines before the declaration, or NULs after the end.
        trimmed = data.removeprefix(b"\xef\xbb\xbf").lstrip()
        skipped_lines = data[: len(data) - len(trimmed)].count(b"\n")
        data = trimmed.rstrip(b"\x00\x1a \t\r\n")
    parser = etree.XMLParser(
        encoding=encoding,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_blank_text=False,
        strip_cdata=False,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise MalformedMetadata(
            f"{member}, line {line + skipped_lines}, column {column}: {_reason(error)}"
        ) from error
    except (ValueError, LookupError) as error:
        raise MalformedMetadata(_first_line(str(error)), member=member) from error
    dtd: Any = root.getroottree().docinfo.internalDTD
    if dtd is not None and next(iter(dtd.iterentities()), None) is not None:
        raise MalformedMetadata(f"{member}, line 1: it declares entities; it is not read.")
    return root


def expect_root(root: etree._Element, name: str, member: str) -> None:
    """Raises: MalformedMetadata if the document is of another kind."""
    if local_name(root) != name:
        raise MalformedMetadata(
            f"{member}, line {root.sourceline}: the root is {local_name(root) or '?'}, "
            f"expected {name}."
        )


def _real_encoding(data: bytes) -> str | None:
    """The encoding to force on the parser, or `None` if the declaration is reliable."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    return "utf-8" if _WIDE_DECLARED.match(data[:200].lstrip()) else None


def _reason(error: etree.XMLSyntaxError) -> str:
    """The parser's message without the position that some of them repeat at their end."""
    return _POSITION.sub("", _first_line(error.msg))


def _first_line(message: str | None) -> str:
    return (message or "not well-formed").splitlines()[0][:200]


def serialise(root: etree._Element) -> bytes:
    """The document as UTF-8 with its declaration and the comments around the root."""
    # The parser drops the white space outside the root, so each part gets its own line.
    parts = [root, *root.itersiblings(preceding=False)]
    parts[:0] = reversed(list(root.itersiblings(preceding=True)))
    texts = [etree.tostring(part, encoding="UTF-8", with_tail=False) for part in parts]
    info: Any = root.getroottree().docinfo
    if doctype := info.doctype:
        texts.insert(0, doctype.encode())
    return _DECLARATION + b"".join(text + b"\n" for text in map(_without_declaration, texts))


def _without_declaration(text: bytes) -> bytes:
    return text.partition(b"?>\n")[2] if text.startswith(b"<?xml ") else text


def new_root(name: str) -> etree._Element:
    """An empty root element with the namespaces that other writers declare."""
    return etree.Element(
        name,
        nsmap={
            "xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsd": "http://www.w3.org/2001/XMLSchema",
        },
    )


def local_name(element: etree._Element) -> str:
    """The element's name without its namespace; "" for comments and instructions."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children_named(parent: etree._Element, name: str) -> list[etree._Element]:
    return [child for child in parent if local_name(child) == name]


def child_named(parent: etree._Element, name: str) -> etree._Element | None:
    return next((child for child in parent if local_name(child) == name), None)


def text_of(element: etree._Element | None) -> str:
    """All text inside, without comments and child elements; "" if there is no element."""
    if element is None:
        return ""
    text = element.text or ""
    if len(element):
        text += "".join(child.tail or "" for child in element)
    return text


def set_text(element: etree._Element, text: str) -> None:
    """Replace the text inside; comments and child elements stay."""
    if text_of(element) == text:
        return
    for child in element:
        child.tail = None
    element.text = text


def add_child(parent: etree._Element, name: str, order: Sequence[str] = ()) -> etree._Element:
    """Add an element at its place in `order` (the schema's sequence), indented like siblings."""
    child = new_child(parent, name)
    position = _position(parent, name, order)
    outer, inner = _indents(parent)
    if len(parent) == 0:
        if not (parent.text or "").strip():
            parent.text = inner
        child.tail = outer
    elif position == len(parent):
        last = parent[-1]
        child.tail = last.tail if not (last.tail or "").strip() else outer
        last.tail = inner if not (last.tail or "").strip() else last.tail
    else:
        child.tail = inner
    parent.insert(position, child)
    return child


def new_child(parent: etree._Element, name: str) -> etree._Element:
    """A new element in the namespace of `parent`, not yet added to it."""
    space = parent.tag.rpartition("}")[0] if isinstance(parent.tag, str) else ""
    return parent.makeelement(f"{space}}}{name}" if space else name, nsmap=None)


def arrange(parent: etree._Element, name: str, elements: Sequence[etree._Element]) -> None:
    """Make `elements` the children with this name, in this order; other children keep their place.

    All existing children with the name are among them. New ones come last; the indentation stays.
    The time is linear in the number of children.
    """
    outer, inner = _indents(parent)
    children = list(parent)
    count = len(children)
    tails = [child.tail for child in children]
    slots = [place for place, child in enumerate(children) if local_name(child) == name]
    added = len(elements) - len(slots)
    if added:
        if not children and not (parent.text or "").strip():
            parent.text = inner
        if children and not (tails[-1] or "").strip():
            outer, tails[-1] = tails[-1] or "", inner
        slots += range(count, count + added)
        tails += [*[inner] * (added - 1), outer]
        children += elements[:added]  # placeholders for the new slots
    for slot, element in zip(slots, elements, strict=True):
        children[slot] = element
    if children == list(parent):
        return
    parent[:] = children
    for child, tail in zip(children, tails, strict=True):
        child.tail = tail


def _position(parent: etree._Element, name: str, order: Sequence[str]) -> int:
    """The position after the last sibling with an earlier or equal rank in `order`."""
    rank = _ranks(tuple(order))
    own = rank.get(name)
    if own is None:
        return len(parent)
    position = 0
    for index, sibling in enumerate(parent):
        if rank.get(local_name(sibling), len(order)) <= own:
            position = index + 1
    return position


@lru_cache(maxsize=64)
def _ranks(order: tuple[str, ...]) -> Mapping[str, int]:
    return {name: index for index, name in enumerate(order)}


def _indents(parent: etree._Element) -> tuple[str, str]:
    """The white space before the parent's end tag, and before each of its children."""
    if len(parent) and parent.text is not None and not parent.text.strip():
        inner = parent.text
        last = parent[-1].tail or ""
        return (last if not last.strip() else inner), inner
    outer_element = parent.getparent()
    if outer_element is None:
        return "\n", "\n" + _INDENT
    before = outer_element.text or ""
    if before.strip() or "\n" not in before:
        return "", ""
    line = before[before.rindex("\n") :]
    unit = "\t" if "\t" in line else _INDENT
    return line, line + unit


def remove_child(child: etree._Element) -> None:
    """Remove an element without changing the indentation of the others."""
    parent = child.getparent()
    if parent is None:
        return
    previous = child.getprevious()
    if child.getnext() is None and previous is not None and not (previous.tail or "").strip():
        previous.tail = child.tail
    elif (child.tail or "").strip():  # text that must be kept
        if previous is not None:
            previous.tail = (previous.tail or "") + (child.tail or "")
        else:
            parent.text = (parent.text or "") + (child.tail or "")
    parent.remove(child)
    # Counting the children would take time proportional to their number.
    if next(iter(parent), None) is None and not (parent.text or "").strip():
        parent.text = None


def reorder(parent: etree._Element, order: Sequence[str]) -> None:
    """Sort known elements into the schema's sequence, if necessary.

    A comment moves with the element after it; an unknown element stays after the known element
    that it followed.
    """
    rank = _ranks(tuple(order))
    known = [rank[name] for name in map(local_name, parent) if name in rank]
    if all(left <= right for left, right in itertools.pairwise(known)):
        return
    groups: list[tuple[int, list[etree._Element]]] = []
    waiting: list[etree._Element] = []
    current = -1
    for child in parent:
        waiting.append(child)
        name = local_name(child)
        if name:
            current = rank.get(name, current)
            groups.append((current, waiting))
            waiting = []
    groups.append((len(order), waiting))
    groups.sort(key=lambda group: group[0])
    outer, inner = _indents(parent)
    ordered = [child for _, members in groups for child in members]
    for child in ordered:
        if not (child.tail or "").strip():
            child.tail = inner
    if not (ordered[-1].tail or "").strip():
        ordered[-1].tail = outer
    parent[:] = ordered
