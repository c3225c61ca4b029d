"""What makes two comics the same: exact fingerprints of their pages.

A ZIP's directory already holds each page's CRC-32 and size, so exact duplicates are found without
reading a page. What only looks alike is the matter of likeness.py.
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


def page_fingerprint(pages: Iterable[PageFact]) -> str | None:
    """Fingerprint (hex) of pages in reading order.

    Names play no part: renamed or retagged copies agree. None where a CRC is not known or there
    are no pages; then `read_page_facts` finds out.
    """
    digest = hashlib.sha256()
    count = 0
    for _, size_bytes, crc, _ in pages:
        if crc is None:
            return None
        digest.update(PAGE_FACT.pack(crc, size_bytes))
        count += 1
    return digest.hexdigest() if count else None


def known_fingerprints(pages: Sequence[PageFact]) -> tuple[str | None, ...]:
    """The fingerprint of pages in reading order, and those that earlier versions gave them.

    One counted one page of each name, before pages were told by their place; all sorted pages
    whose numbers count with letters as if they did not.
    """
    as_before = in_natural_order(pages, itemgetter(0))
    orders = (pages, _once_per_name(pages), as_before, _once_per_name(as_before))
    return tuple(map(page_fingerprint, orders))


def _once_per_name(pages: Sequence[PageFact]) -> list[PageFact]:
    """The last page of each name."""
    return list({page[0]: page for page in pages}.values())


def read_page_facts(archive: ComicArchive) -> tuple[PageFact, ...]:
    """The facts of every page in reading order, by reading them all once.

    For formats whose directory does not tell. A CBR and the CBZ made of it agree.

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
