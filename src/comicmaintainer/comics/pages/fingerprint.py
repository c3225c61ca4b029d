"""Exact fingerprints of comics' pages.

A ZIP's directory has each page's CRC-32 and size, so exact duplicates are found without reading a
page. likeness.py compares comics that only look alike.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterable, Sequence
from operator import itemgetter

from comicmaintainer.comics.archives.model import ComicArchive, PageFact
from comicmaintainer.comics.archives.page_names import in_natural_order

PAGE_FACT = struct.Struct("<IQ")
KEY_BYTES = 8
_KEY = struct.Struct("<q")
_SIGN = 1 << 63


def page_fingerprint(pages: Iterable[PageFact]) -> str | None:
    """Fingerprint (hex) of pages in reading order.

    Names don't matter: renamed or retagged copies have the same fingerprint. None if a CRC is
    unknown or there are no pages; then use `read_page_facts`.
    """
    digest = hashlib.sha256()
    count = 0
    for _, size_bytes, crc, _ in pages:
        if crc is None:
            return None
        digest.update(PAGE_FACT.pack(crc, size_bytes))
        count += 1
    return digest.hexdigest() if count else None


def page_key(crc: int, size_bytes: int) -> int:
    """What tells the content of one page from others: a signed number of 64 bits."""
    key = crc << 32 | size_bytes & 0xFFFFFFFF
    return key - (_SIGN << 1) if key >= _SIGN else key


def page_keys(pages: Iterable[PageFact]) -> bytes | None:
    """The keys of pages in reading order, KEY_BYTES for each; None if a CRC is unknown."""
    keys = bytearray()
    for _, size_bytes, crc, _ in pages:
        if crc is None:
            return None
        keys += _KEY.pack(page_key(crc, size_bytes))
    return bytes(keys)


def keys_in(packed: bytes) -> tuple[int, ...]:
    """The keys that `page_keys` has packed."""
    return tuple(key for (key,) in _KEY.iter_unpack(packed))


def known_fingerprints(pages: Sequence[PageFact]) -> tuple[str | None, ...]:
    """The fingerprint of pages in reading order, and those by earlier versions.

    One version counted only one page of each name, before pages were identified by place. All
    earlier versions sorted page numbers with letters as text.
    """
    as_before = in_natural_order(pages, itemgetter(0))
    orders = (pages, _once_per_name(pages), as_before, _once_per_name(as_before))
    return tuple(map(page_fingerprint, orders))


def _once_per_name(pages: Sequence[PageFact]) -> list[PageFact]:
    """The last page of each name."""
    return list({page[0]: page for page in pages}.values())


def read_page_facts(archive: ComicArchive) -> tuple[PageFact, ...]:
    """Read all pages once, and return their facts in reading order.

    For formats without CRCs in a directory. A CBR and the CBZ made from it have the same facts.

    Raises:
        As `ComicArchive.walk`.
    """
    pages = {page.place for page in archive.pages}
    facts = {}
    for entry, chunks in archive.walk():
        if entry.place in pages:
            size_bytes = crc = 0
            for chunk in chunks:
                size_bytes += len(chunk)
                crc = zlib.crc32(chunk, crc)
            facts[entry.place] = (entry.name, size_bytes, crc, entry.place)
    return tuple(facts[page.place] for page in archive.pages)
