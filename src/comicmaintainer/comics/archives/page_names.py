"""Recognises pages by their names inside an archive, and sorts them in reading order."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TypeVar

from comicmaintainer.comics.archives.letter_numbers import in_decimal

IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"}
    | {".avif", ".jxl", ".jp2", ".heic", ".heif"}
)
JUNK_NAMES = frozenset({"thumbs.db", ".ds_store", "desktop.ini"})
JUNK_FOLDERS = frozenset({"__macosx", "@eadir", ".appledouble", ".@__thumb", "#recycle"})
DIGITS = re.compile(r"(\d+)")

Item = TypeVar("Item")


def is_junk(name: str) -> bool:
    """True for the files that operating systems and NAS devices leave in archives."""
    *folders, base = name.lower().split("/")
    return (
        base.startswith("._") or base in JUNK_NAMES or any(part in JUNK_FOLDERS for part in folders)
    )


def is_image_name(name: str) -> bool:
    """True for the suffix of an image format, even one that only some readers support."""
    dot = name.rfind(".")
    return dot > name.rfind("/") and name[dot:].lower() in IMAGE_SUFFIXES


def is_page(name: str) -> bool:
    """True for the name of an image that is not junk."""
    if not is_image_name(name):
        return False
    # The common case, without splitting the path: the name can't be junk.
    if "/" not in name:
        return not name.startswith(("._", "."))
    return not is_junk(name)


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """A sort key that puts `2.jpg` before `10.jpg`, folder by folder, ignoring case.

    The suffix is compared last, so that `cover.jpg` comes before `cover1.jpg`.
    """
    dot = name.rfind(".")
    stem, suffix = (name[:dot], name[dot:]) if dot > name.rfind("/") else (name, "")
    folders = (*stem.casefold().split("/"), suffix.casefold())
    return [_key(part) for folder in folders for part in _parts(folder)]


def _parts(folder: str) -> list[str]:
    return [*filter(None, DIGITS.split(folder)), ""]


def _key(part: str) -> tuple[int, int, str]:
    """Numbers sort by value and before text; a shorter name sorts first. Numbers may be long."""
    if part.isdecimal():
        digits = part.lstrip("0")
        return 1, len(digits), digits
    return (2 if part else 0), 0, part


def in_reading_order(items: Iterable[Item], name_of: Callable[[Item], str] = str) -> list[Item]:
    """The items sorted naturally by name; items with the same name keep their order.

    Numbers may have letters as digits (see `letter_numbers`).
    """
    ordered = sorted(items, key=name_of)
    names = [name_of(item) for item in ordered]
    if _differ_in_one_number(names):
        return ordered
    decimal = in_decimal(names)
    return sorted(ordered, key=lambda item: natural_key(decimal.get(name := name_of(item), name)))


def in_natural_order(items: Iterable[Item], name_of: Callable[[Item], str]) -> list[Item]:
    """The items sorted by name, without reading letters as digits."""
    return sorted(sorted(items, key=name_of), key=lambda item: natural_key(name_of(item)))


def _differ_in_one_number(ordered: list[str]) -> bool:
    """True for the usual `xyz-001.jpg, xyz-002.jpg, …`, for which plain order is natural order.

    This holds if all names have one length and differ only within one run of digits. The first and
    the last of a sorted list share only what all share.
    """
    if len(ordered) < 2:
        return True
    first, last = ordered[0], ordered[-1]
    length = len(first)
    if any(len(name) != length for name in ordered):
        return False
    start = 0
    while start < length and first[start] == last[start]:
        start += 1
    end = length
    dot = first.rfind(".")
    if dot > start:
        tail = first[dot:]
        if not all(name.endswith(tail) for name in ordered):
            return False
        end = dot
    return all(name[start:end].isdigit() and name.isascii() for name in ordered)
