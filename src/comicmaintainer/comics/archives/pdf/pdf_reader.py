"""Reads PDF comics through PDFium: page count, metadata, attachments, page images.

A page is read as the picture that it shows: its only JPEG, byte for byte, or else a rendering at
the resolution of its largest image. A page with an image that can't be decoded is damaged.
PDFium is not thread-safe, so this module has one lock for it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import pypdfium2

from comicmaintainer.comics.archives.model import ArchiveFormat, Entry, Limits
from comicmaintainer.comics.archives.pdf.page_source import PageSource
from comicmaintainer.comics.archives.pdf.pdf_page import is_made_of, made_page
from comicmaintainer.errors import (
    DamagedArchive,
    EmptyArchive,
    EncryptedArchive,
    HostileArchive,
)
from comicmaintainer.filesystem.os_errors import storage_errors

PDFIUM = threading.RLock()

MAX_INFORMATION_CHARS = 2 << 20  # keywords may hold a whole ComicInfo

INFORMATION_KEYS = ("Title", "Author", "Subject", "Keywords", "Creator", "Producer", "CreationDate")


class PdfReader:
    """A PDF open for reading. Implements `ComicArchive`; its pages are named `0001.jpg`, ….

    Attachments are members too. `information` is the document's information dictionary, `sources`
    are those of the pages read so far.
    """

    format = ArchiveFormat.PDF
    links: tuple[str, ...] = ()
    comment = b""

    def __init__(self, path: Path, limits: Limits) -> None:
        """Open the document.

        Raises:
            EmptyArchive, EncryptedArchive, DamagedArchive, HostileArchive.
        """
        self._path = path
        self._limits = limits
        self.sources: dict[int, PageSource] = {}
        with PDFIUM, storage_errors(path):
            try:
                self._document = pypdfium2.PdfDocument(path)
            except pypdfium2.PdfiumError as error:
                if "password" in str(error).lower():
                    raise EncryptedArchive("it needs a password", path=path) from error
                raise DamagedArchive(f"it can't be read as PDF ({error})", path=path) from error
            self.page_count = len(self._document)
        if not 0 < self.page_count <= limits.max_entries:
            self.close()
            if self.page_count:
                raise HostileArchive(f"it has too many pages ({self.page_count})", path=path)
            raise EmptyArchive("the document has no pages", path=path)

    @cached_property
    def pages(self) -> tuple[Entry, ...]:
        return self.entries[: self.page_count]

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        names = [f"{number:04}.jpg" for number in range(1, self.page_count + 1)]
        names += self._attachments
        return tuple(Entry(name, None, None, None, place) for place, name in enumerate(names))

    @cached_property
    def information(self) -> dict[str, str]:
        """Title, Author, Subject, Keywords, …, if present."""
        with PDFIUM, self._damage():
            values = {key: self._document.get_metadata_value(key) for key in INFORMATION_KEYS}
        return {key: value[:MAX_INFORMATION_CHARS] for key, value in values.items() if value}

    @cached_property
    def _attachments(self) -> tuple[str, ...]:
        with PDFIUM, self._damage():
            count = min(self._document.count_attachments(), self._limits.max_entries)
            return tuple(self._document.get_attachment(n).get_name() for n in range(count))

    def read(self, entry: Entry, max_bytes: int | None = None) -> bytes:
        with PDFIUM, self._damage():
            content = self._content(entry.place)
        limit = self._limits.max_member_bytes if max_bytes is None else max_bytes
        if len(content) > limit:
            raise HostileArchive(
                f"it is larger than {limit} bytes", path=self._path, member=entry.name
            )
        return content

    def _content(self, place: int) -> bytes:
        if place >= self.page_count:
            return bytes(self._document.get_attachment(place - self.page_count).get_data())
        with self._page(place) as page:
            made = made_page(page, self._path, f"page {place + 1}")
        self.sources[place] = made.source
        return made.content

    def is_made_of(self, page: Entry, source: PageSource) -> bool:
        """Whether a page has the same source as in another reading of the document.

        Raises:
            DamagedArchive.
        """
        with PDFIUM, self._damage(), self._page(page.place) as opened:
            return is_made_of(opened, source)

    @contextmanager
    def _page(self, place: int) -> Iterator[Any]:
        page = self._document[place]
        try:
            yield page
        finally:
            page.close()

    @contextmanager
    def _damage(self) -> Iterator[None]:
        try:
            yield
        # The binding decodes PDFium's texts strictly; Pillow receives what PDFium rendered.
        except (pypdfium2.PdfiumError, ValueError, OSError) as error:
            raise DamagedArchive(f"the document is damaged ({error})", path=self._path) from error

    def stream(self, entry: Entry) -> Iterator[bytes]:
        yield self.read(entry)

    def walk(self) -> Iterator[tuple[Entry, Iterator[bytes]]]:
        for entry in self.entries:
            yield entry, self.stream(entry)

    def close(self) -> None:
        with PDFIUM:
            self._document.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
