"""What makes two comics the same: exact fingerprints of their pages.

A ZIP's directory already holds each page's CRC-32 and size, so exact duplicates are found without
reading a page. What only looks alike is the matter of likeness.py.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterable

from comicmaintainer.comics.archives.model import ComicArchive

PAGE_FACT = struct.Struct("<IQ")


def page_fingerprint(pages: Iterable[tuple[str, int, int | None]]) -> str | None:
    """Fingerprint (hex) of pages given as (name, size in bytes, CRC-32) in reading order.

    Names play no part: renamed or retagged copies agree. None where a CRC is not known or there
    are no pages; then `read_page_facts` finds out.
    """
    digest = hashlib.sha256()
    count = 0
    for _, size_bytes, crc in pages:
        if crc is None:
            return None
        digest.update(PAGE_FACT.pack(crc, size_bytes))
        count += 1
    return digest.hexdigest() if count else None


def read_page_facts(archive: ComicArchive) -> tuple[tuple[str, int, int], ...]:
    """(name, size in bytes, CRC-32) of every page in reading order, by reading them all once.

    For formats whose directory does not tell. A CBR and the CBZ made of it agree.

    Raises:
        As `ComicArchive.walk`.
    """
    pages = set(archive.pages)
    facts = {}
    for entry, chunks in archive.walk():
        if entry.name in pages:
            size_bytes = crc = 0
            for chunk in chunks:
                size_bytes += len(chunk)
                crc = zlib.crc32(chunk, crc)
            facts[entry.name] = (entry.name, size_bytes, crc)
    return tuple(facts[name] for name in archive.pages)
