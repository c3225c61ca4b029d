"""The tasks of helper processes: everything that decodes comics.

Runs only in the helpers, for `comic_reader`. Each task takes the request's value and data and
yields its answer. Contents are sent in pieces, after the entry of their member.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from comicmaintainer.comics.archives.model import ComicArchive, Entry
from comicmaintainer.comics.archives.pdf.page_source import PageSource
from comicmaintainer.comics.archives.pdf.pdf_reader import PdfReader
from comicmaintainer.comics.archives.reader import (
    open_archive,
    read_metadata_members,
    stream_zip_member,
)
from comicmaintainer.comics.archives.zip.zip_directory import ZipRecord
from comicmaintainer.comics.images.decoding import recode
from comicmaintainer.comics.images.model import PageCodec
from comicmaintainer.comics.pages.cover_hash import comic_cover_hashes, image_hashes
from comicmaintainer.comics.pages.page_list import list_pages
from comicmaintainer.comics.pages.page_pictures import comic_pictures, page_hashes
from comicmaintainer.comics.pages.verification import verify_archive
from comicmaintainer.errors import ArchiveError
from comicmaintainer.isolation.frames import DATA_BYTES
from comicmaintainer.isolation.helper import Task
from comicmaintainer.isolation.wire import packed, unpacked
from comicmaintainer.reading.answers import Listing, MemberEnd, MemberSum

Request = Mapping[str, Any]


def read_members(request: Request, _: bytes) -> Iterator[Any]:
    """The metadata members `names`, the page list and everything else that a scan needs."""
    yield packed(read_metadata_members(Path(request["path"]), frozenset(request["names"])))


def verify(request: Request, _: bytes) -> Iterator[Any]:
    """The report on everything in the comic."""
    yield packed(verify_archive(Path(request["path"])))


def read_pictures(request: Request, _: bytes) -> Iterator[Any]:
    """The hashes of the comic's pages."""
    yield packed(comic_pictures(Path(request["path"])))


def hash_pages(request: Request, _: bytes) -> Iterator[Any]:
    """The hashes of the pages `numbers`, in pairs with these."""
    hashes = page_hashes(Path(request["path"]), request["numbers"])
    yield packed(tuple(hashes.items()))


def read_cover_hashes(request: Request, _: bytes) -> Iterator[Any]:
    """The hashes of the comic's first page."""
    yield list(comic_cover_hashes(Path(request["path"])))


def hash_image(request: Request, content: bytes) -> Iterator[Any]:
    """The hashes of an image."""
    yield list(image_hashes(content, name=request["name"]))


def read_pages(request: Request, _: bytes) -> Iterator[Any]:
    """The list of pages."""
    yield packed(list_pages(Path(request["path"]), with_pixels=request["with_pixels"]))


def list_members(request: Request, _: bytes) -> Iterator[Any]:
    """The contents of the archive, without their bytes."""
    with open_archive(Path(request["path"])) as archive:
        yield packed(Listing(archive.entries, archive.pages, archive.links, archive.comment))


def walk(request: Request, _: bytes) -> Iterator[Any]:
    """Every member in one pass: its entry, its content, and how reading it ended."""
    with open_archive(Path(request["path"])) as archive:
        for entry, chunks in archive.walk():
            yield packed(entry)
            yield from _content(archive, entry, chunks)


def read_member(request: Request, _: bytes) -> Iterator[Any]:
    """The content of one member, and how reading it ended."""
    entry = unpacked(Entry, request["entry"])
    with open_archive(Path(request["path"])) as archive:
        yield from _content(archive, entry, archive.stream(entry))


def read_zip_member(request: Request, _: bytes) -> Iterator[Any]:
    """The content of one member of a CBZ.

    Its record comes from the caller: to read the directory for every member would take a time that
    grows with the square of their number.
    """
    record = ZipRecord(*unpacked(RECORD_VALUES, request["record"]))
    yield from _pieces_of(stream_zip_member(Path(request["path"]), record))


def sum_members(request: Request, _: bytes) -> Iterator[Any]:
    """The checksum of every member; a page in `sources` is only compared with its source.

    If its source is unchanged, the caller already has its checksum.
    """
    sources = {int(place): unpacked(PageSource, each) for place, each in request["sources"].items()}
    with open_archive(Path(request["path"])) as archive:
        for entry, chunks in archive.walk():
            if isinstance(archive, PdfReader) and entry.place in sources:
                is_same = archive.is_made_of(entry, sources[entry.place])
                yield packed(MemberSum(entry, None, None, is_same))
                continue
            crc = size_bytes = 0
            for chunk in chunks:
                crc = zlib.crc32(chunk, crc)
                size_bytes += len(chunk)
            yield packed(MemberSum(entry, crc, size_bytes, False))


def recode_page(request: Request, content: bytes) -> Iterator[Any]:
    """A page in another format; nothing if it stays unchanged."""
    codec = PageCodec(request["codec"])
    recoded = recode(content, codec, quality=request["quality"], name=request["name"])
    if recoded is not None:
        yield [recoded.suffix, recoded.width, recoded.height]
        yield from _pieces(recoded.content)


def _content(archive: ComicArchive, entry: Entry, chunks: Iterator[bytes]) -> Iterator[Any]:
    try:
        yield from _pieces_of(chunks)
    except ArchiveError as error:
        yield packed(MemberEnd(error.parts(), None))
        return
    source = archive.sources.get(entry.place) if isinstance(archive, PdfReader) else None
    yield packed(MemberEnd(None, source))


def _pieces_of(chunks: Iterator[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        yield from _pieces(chunk)


def _pieces(content: bytes) -> Iterator[bytes]:
    for at in range(0, len(content), DATA_BYTES):
        yield content[at : at + DATA_BYTES]


RECORD_VALUES: Any = tuple[str, int, int, int, int, int, int, bytes, bytes]
"""The values of a ZipRecord."""

TASKS: Mapping[str, Task] = {
    "members": read_members,
    "verify": verify,
    "pictures": read_pictures,
    "page hashes": hash_pages,
    "cover hashes": read_cover_hashes,
    "image hashes": hash_image,
    "pages": read_pages,
    "list": list_members,
    "walk": walk,
    "member": read_member,
    "zip member": read_zip_member,
    "sums": sum_members,
    "recode": recode_page,
}
