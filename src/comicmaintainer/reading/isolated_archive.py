"""An archive read by a helper process: `ComicArchive` for the formats other than CBZ.

Created by `comic_reader`. Every call is a separate request, so no state is kept between them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from comicmaintainer.comics.archives.joining import joined
from comicmaintainer.comics.archives.model import ArchiveFormat, Entry, Limits
from comicmaintainer.comics.archives.pdf.page_source import PageSource
from comicmaintainer.errors import DamagedArchive, error_of
from comicmaintainer.isolation.wire import Misfit, packed, unpacked
from comicmaintainer.reading.answers import Listing, MemberEnd

Answer = Iterator[Any]
Sources = Mapping[int, PageSource]
"""The sources of PDF pages, by place."""
Asker = Callable[..., Answer]
"""Streams the parts of a task's answer, given the task's name and the request's values."""


class IsolatedArchive:
    """A CBR, CB7, CBT or PDF open for reading. Implements `ComicArchive`.

    `sources` are those of the PDF pages that have been read so far, by place.
    """

    def __init__(self, path: Path, kind: ArchiveFormat, limits: Limits, ask: Asker) -> None:
        self.format = kind
        self.sources: dict[int, PageSource] = {}
        self._path = path
        self._limits = limits
        self._ask = ask

    @property
    def entries(self) -> tuple[Entry, ...]:
        return self._listing.entries

    @property
    def pages(self) -> tuple[Entry, ...]:
        return self._listing.pages

    @property
    def links(self) -> tuple[str, ...]:
        return self._listing.links

    @property
    def comment(self) -> bytes:
        return self._listing.comment

    @cached_property
    def _listing(self) -> Listing:
        (listing,) = self._ask("list")
        return unpacked(Listing, listing)

    def read(self, entry: Entry, max_bytes: int | None = None) -> bytes:
        limit = self._limits.max_member_bytes if max_bytes is None else max_bytes
        return joined(self.stream(entry), limit, path=self._path, member=entry.name)

    def stream(self, entry: Entry) -> Iterator[bytes]:
        answer = self._ask("member", entry=packed(entry))
        yield from self._content(entry, answer)

    def walk(self) -> Iterator[tuple[Entry, Iterator[bytes]]]:
        answer = self._ask("walk")
        for part in answer:
            entry = self._of(Entry, part)
            chunks = self._content(entry, answer)
            yield entry, chunks
            for _ in chunks:  # skip what the reader did not consume
                pass

    def _content(self, entry: Entry, answer: Answer) -> Iterator[bytes]:
        for part in answer:
            if isinstance(part, bytes):
                yield part
                continue
            end = self._of(MemberEnd, part)
            if end.error is not None:
                raise error_of(end.error)
            if end.source is not None:
                self.sources[entry.place] = end.source
            return
        raise DamagedArchive("it is cut off", path=self._path, member=entry.name)

    def _of(self, kind: type[Any], part: Any) -> Any:
        try:
            return unpacked(kind, part)
        except Misfit as error:
            raise DamagedArchive(
                "the process that reads it sent an invalid answer", path=self._path
            ) from error

    def close(self) -> None:
        """Nothing stays open between requests."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
