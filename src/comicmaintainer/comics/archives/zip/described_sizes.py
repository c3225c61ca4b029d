"""Sizes of members that state them only behind their data. PKWARE APPNOTE 6.3.10, 4.3.9."""

from __future__ import annotations

import zlib

from comicmaintainer.comics.archives.zip.bounded_file import SEARCH_BYTES, BoundedFile
from comicmaintainer.comics.archives.zip.zip_members import DEFLATED, STORED

DESCRIPTOR_SIGNATURE = b"PK\x07\x08"
DESCRIPTOR_BYTES = 24  # with sizes of 64 bits
FIRST_BLOCK_BYTES = 4 << 10
MAX_DESCRIPTIONS = 4  # for each entry that the limits allow


class DescribedSizes:
    """Finds out the sizes of members: by unpacking them, or by the descriptors in the file."""

    def __init__(self, file: BoundedFile) -> None:
        self._file = file
        self._descriptions: dict[int, tuple[int, int]] | None = None

    def of(self, method: int, start: int) -> tuple[int, int, int] | None:
        """Return CRC, packed and unpacked size of the member whose data begin at `start`."""
        if method == DEFLATED:
            return self._inflated(start)
        if method == STORED:
            if self._descriptions is None:
                self._descriptions = self._all_descriptions()
            found = self._descriptions.get(start)
            return None if found is None else (found[0], found[1], found[1])
        return None

    def _inflated(self, start: int) -> tuple[int, int, int] | None:
        decompressor = zlib.decompressobj(-15)
        crc = size = 0
        position = start
        block_bytes = FIRST_BLOCK_BYTES
        while not decompressor.eof and size <= self._file.limits.max_member_bytes:
            self._file.guard()
            pending = self._file.read(block_bytes, position)
            if not pending:
                return None
            self._file.spend(len(pending))
            block_bytes = min(2 * block_bytes, SEARCH_BYTES)
            position += len(pending)
            while pending and not decompressor.eof:
                try:
                    chunk = decompressor.decompress(pending, SEARCH_BYTES)
                except zlib.error:
                    return None
                crc = zlib.crc32(chunk, crc)
                size += len(chunk)
                self._file.count_content(len(chunk))
                pending = decompressor.unconsumed_tail
        return crc, position - start - len(decompressor.unused_data), size

    def _all_descriptions(self) -> dict[int, tuple[int, int]]:
        """Start of data → CRC and size, for all stored data with a descriptor after them.

        One pass over the file for all members: the size in a descriptor gives the start.
        """
        found: dict[int, tuple[int, int]] = {}
        for position in range(0, self._file.size_bytes, SEARCH_BYTES):
            self._file.guard()
            block = self._file.read(SEARCH_BYTES + DESCRIPTOR_BYTES, position)
            at = block.find(DESCRIPTOR_SIGNATURE)
            while 0 <= at < SEARCH_BYTES:
                crc = int.from_bytes(block[at + 4 : at + 8], "little")
                for width in (4, 8):
                    sizes = block[at + 8 : at + 8 + 2 * width]
                    size = int.from_bytes(sizes[:width], "little")
                    if sizes[:width] == sizes[width:] and size <= position + at:
                        found.setdefault(position + at - size, (crc, size))
                at = block.find(DESCRIPTOR_SIGNATURE, at + 1)
            if len(found) > MAX_DESCRIPTIONS * self._file.limits.max_entries:
                raise self._file.too_many_entries()
        return found
