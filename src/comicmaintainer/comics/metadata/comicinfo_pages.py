"""Reads ComicInfo's page list, and edits it without losing people's entries.

Used by the ComicInfo format. Bookmarks, types and unknown attributes of a page stay with the
page's `Image` number unless the new list says otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from lxml import etree

from comicmaintainer.comics.metadata import xmltree
from comicmaintainer.comics.metadata.model import PageInfo
from comicmaintainer.comics.metadata.text import clean_line
from comicmaintainer.comics.metadata.vocabulary import PAGE_TYPES

_MAX_INT = 2**31 - 1
_MAX_LONG = 2**63 - 1
_TYPE_KEYS = {name.casefold(): name for name in PAGE_TYPES}


def decode_pages(container: etree._Element) -> tuple[PageInfo, ...]:
    """The pages with a usable `Image`, in file order; bad attributes count as absent."""
    pages: dict[int, PageInfo] = {}
    for child in container:
        image = _whole(child.get("Image"), _MAX_INT)
        if image is None or image in pages:
            continue
        size, types = child.get("ImageSize"), child.get("Type")
        # Most pages have no more than these, and three single calls cost less than one for all.
        if len(child.attrib) == 1 + (size is not None) + (types is not None):
            size_bytes = _whole(size, _MAX_LONG) or None
            pages[image] = PageInfo(image, _types(types or "Story"), False, size_bytes)
            continue
        attributes: dict[str, str] = dict(child.items())  # type: ignore[arg-type]  # str when parsed
        pages[image] = PageInfo(
            image,
            _types(attributes.get("Type", "Story")),
            attributes.get("DoublePage", "").strip().casefold() in ("true", "1"),
            _whole(attributes.get("ImageSize"), _MAX_LONG) or None,
            clean_line(attributes.get("Key", "")) or None,
            clean_line(attributes.get("Bookmark", "")) or None,
            _whole(attributes.get("ImageWidth"), _MAX_INT) or None,
            _whole(attributes.get("ImageHeight"), _MAX_INT) or None,
        )
    return tuple(pages.values())


def edit_pages(
    root: etree._Element,
    old: tuple[PageInfo, ...],
    new: tuple[PageInfo, ...],
    sequence: Sequence[str],
    without: frozenset[str] = frozenset(),
) -> bool:
    """Update the list to `new` and return whether anything changed. Without pages, remove it.

    Attributes named in `without` are not added, because the written version lacks them.
    """
    before = {page.image: _attributes(page) for page in old}
    after = {page.image: _attributes(page) for page in new if 0 <= page.image <= _MAX_INT}
    for image, attributes in after.items():
        for name in without - before.get(image, {}).keys():
            attributes.pop(name, None)
    if list(before.items()) == list(after.items()):
        return False
    container = xmltree.child_named(root, "Pages")
    if not after:
        if container is not None:
            xmltree.remove_child(container)
        return container is not None
    if container is None:
        container = xmltree.add_child(root, "Pages", sequence)
    present = _keep_only(container, after.keys())
    elements = []
    for image, attributes in after.items():
        element = present.get(image)
        if element is None:
            element = xmltree.new_child(container, "Page")
            _edit_attributes(element, {}, attributes)
        else:
            _edit_attributes(element, before[image], attributes)
        elements.append(element)
    xmltree.arrange(container, "Page", elements)
    return True


def _keep_only(container: etree._Element, images: Collection[int]) -> dict[int, etree._Element]:
    """Remove other pages and duplicates; return the remaining pages by image number."""
    present: dict[int, etree._Element] = {}
    for child in xmltree.children_named(container, "Page"):
        image = _whole(child.get("Image"), _MAX_INT)
        if image is not None and image in images and image not in present:
            present[image] = child
        else:
            xmltree.remove_child(child)
    return present


def pages_with_sizes(
    sizes_bytes: Sequence[int], known: Sequence[PageInfo] = ()
) -> tuple[PageInfo, ...]:
    """The page list of an archive whose pages have these sizes, in reading order.

    Each page keeps its details in `known`. It is recognised by its size if that is unique, because
    pages may have been removed or moved since, otherwise by its number.
    """
    by_image = {page.image: page for page in known}
    by_size: dict[int, list[PageInfo]] = {}
    for stated in known:
        if stated.image_size:
            by_size.setdefault(stated.image_size, []).append(stated)
    how_many = Counter(sizes_bytes)
    result = []
    for image, size in enumerate(sizes_bytes):
        page: PageInfo | None = by_image.get(image)
        if page is None or page.image_size not in (None, size):
            same_size = by_size.get(size, [])
            unmistakable = len(same_size) == 1 and how_many[size] == 1
            moved = same_size[0] if unmistakable else None
            page = moved or (page if len(by_image) == len(sizes_bytes) else None)
        result.append(_placed(page, image, size))
    return tuple(result)


def _placed(page: PageInfo | None, image: int, size: int) -> PageInfo:
    if page is None:
        return PageInfo(image, image_size=size)
    same_image = page.image_size in (None, size)
    return PageInfo(
        image,
        page.type,
        page.double_page,
        size,
        page.key,
        page.bookmark,
        page.width if same_image else None,
        page.height if same_image else None,
    )


def _attributes(page: PageInfo) -> dict[str, str]:
    """The page as attributes in the schema's order, without default values."""
    attributes = {"Image": str(page.image)}
    types = _types(page.type)
    if types != "Story":
        attributes["Type"] = types
    if page.double_page:
        attributes["DoublePage"] = "true"
    if page.image_size and 0 < page.image_size <= _MAX_LONG:
        attributes["ImageSize"] = str(page.image_size)
    for name, text in (("Key", page.key), ("Bookmark", page.bookmark)):
        if text and (cleaned := clean_line(text)):
            attributes[name] = cleaned
    for name, pixels in (("ImageWidth", page.width), ("ImageHeight", page.height)):
        if pixels and 0 < pixels <= _MAX_INT:
            attributes[name] = str(pixels)
    return attributes


def _edit_attributes(
    element: etree._Element, before: Mapping[str, str], after: Mapping[str, str]
) -> None:
    for name in before.keys() - after.keys():
        del element.attrib[name]
    for name, text in after.items():
        if before.get(name) != text:
            element.set(name, text)


def _types(text: str) -> str:
    if text in PAGE_TYPES:
        return text
    known = (_TYPE_KEYS.get(word.casefold()) for word in text.split())
    return " ".join(dict.fromkeys(word for word in known if word)) or "Story"


def _whole(text: str | None, high: int) -> int | None:
    if not text:
        return None
    try:
        number = int(text)
    except ValueError:
        return None
    return number if 0 <= number <= high else None
