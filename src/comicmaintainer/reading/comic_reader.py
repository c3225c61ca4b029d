"""Reads comics for the worker and the command line.

Our own code with its bounds runs in this process: for the directory of a CBZ, its stored and
deflated members, and its tags. Everything else is decoded by a helper process with limited memory
and time. If it exceeds them, only that file fails.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from comicmaintainer.comics.archives.identification import identify
from comicmaintainer.comics.archives.model import ArchiveFormat, ComicArchive
from comicmaintainer.comics.archives.reader import DEFAULT_LIMITS, read_if_plain, require_entries
from comicmaintainer.comics.archives.zip.zip_directory import ZipRecord
from comicmaintainer.comics.archives.zip.zip_members import PLAIN_METHODS
from comicmaintainer.comics.archives.zip.zip_reader import QuickRead, ZipReader
from comicmaintainer.comics.images.model import PageCodec, RecodedPage
from comicmaintainer.comics.pages.likeness import ComicPictures
from comicmaintainer.comics.pages.page_list import PageList
from comicmaintainer.comics.pages.verify_report import VerifyReport
from comicmaintainer.errors import TooCostly
from comicmaintainer.isolation.helper_process import HelperLimits
from comicmaintainer.isolation.pool import HelperPool
from comicmaintainer.isolation.wire import Misfit, packed, unpacked
from comicmaintainer.reading.allowances import CONTENT, DRAWING, TAGS, ReadingLimits, Work
from comicmaintainer.reading.answers import MemberSum
from comicmaintainer.reading.isolated_archive import IsolatedArchive, Sources

TASKS = "comicmaintainer.reading.tasks"

Value = TypeVar("Value")


class ComicReader:
    """Reads comics within `limits`. Safe to share between threads; close it at the end."""

    def __init__(self, limits: ReadingLimits) -> None:
        self._limits = limits
        self._pool = HelperPool(TASKS, HelperLimits(limits.memory_bytes))

    def members(self, path: Path, names: Collection[str]) -> QuickRead:
        """Small members by lower-case base name, page list and comment of the comic at `path`.

        Raises:
            As `read_metadata_members`; TooCostly.
        """
        quick_read = read_if_plain(path, names)
        if quick_read is not None:
            return quick_read
        return self._one(QuickRead, "members", path, TAGS, names=sorted(names))

    def open(self, path: Path) -> ComicArchive:
        """Open the comic at `path` like `open_archive`; use it in a `with` block.

        Raises:
            As `open_archive`; reading it may raise TooCostly.
        """
        kind = identify(path)
        if kind is ArchiveFormat.CBZ:
            archive = ZipReader(
                path, DEFAULT_LIMITS, fallback=self._zip_member, methods=PLAIN_METHODS
            )
            return require_entries(archive, path)
        work = DRAWING if kind is ArchiveFormat.PDF else CONTENT

        def ask(task: str, **request: Any) -> Iterator[Any]:
            return self._stream(task, path, work, **request)

        return IsolatedArchive(path, kind, DEFAULT_LIMITS, ask)

    def verify(self, path: Path) -> VerifyReport:
        """Read and decode everything in the comic at `path`, like `verify_archive`.

        Raises:
            As that; TooCostly.
        """
        return self._one(VerifyReport, "verify", path, self._work(path))

    def pictures(self, path: Path) -> ComicPictures:
        """The result of `comic_pictures`.

        Raises:
            As that; TooCostly.
        """
        return self._one(ComicPictures, "pictures", path, self._work(path))

    def page_hashes(self, path: Path, numbers: Sequence[int]) -> Mapping[int, int]:
        """The hashes of these pages by their numbers, the result of `page_hashes`.

        Raises:
            As that; TooCostly.
        """
        work = self._work(path)
        (answer,) = self._stream("page hashes", path, work, numbers=list(numbers))
        return dict(_value(tuple[tuple[int, int], ...], answer, path))

    def cover_hashes(self, path: Path) -> tuple[int, ...]:
        """The hashes of the first page, the result of `comic_cover_hashes`.

        Raises:
            As that; TooCostly.
        """
        (answer,) = self._stream("cover hashes", path, self._work(path))
        return _value(tuple[int, ...], answer, path)

    def image_hashes(self, content: bytes, *, name: str) -> tuple[int, ...]:
        """The hashes of an image that was downloaded, the result of `image_hashes`.

        The first is that of the whole image. `name` is used in errors.

        Raises:
            As that; TooCostly.
        """
        allowance = self._limits.allowance(CONTENT, len(content))
        (answer,) = self._pool.stream("image hashes", allowance, name, content, name=name)
        return _value(tuple[int, ...], answer, name)

    def pages(self, path: Path, *, with_pixels: bool = True) -> PageList:
        """The pages of the comic at `path`, like `list_pages`.

        Raises:
            As that; TooCostly.
        """
        return self._one(PageList, "pages", path, TAGS, with_pixels=with_pixels)

    def sums(self, path: Path, sources: Sources) -> Iterator[MemberSum]:
        """Read every member of a comic again, and yield its checksum.

        Pages in `sources` are only compared with their sources.

        Raises:
            ArchiveError, FileMissing, StorageError.
        """
        packed_sources = {str(place): packed(source) for place, source in sources.items()}
        for part in self._stream("sums", path, self._work(path), sources=packed_sources):
            yield _value(MemberSum, part, path)

    def recode(
        self, content: bytes, codec: PageCodec, *, quality: int, name: str
    ) -> RecodedPage | None:
        """The page in another format, like `recode`.

        Raises:
            As that; TooCostly.
        """
        allowance = self._limits.allowance(DRAWING, len(content))
        parts = self._pool.stream(
            "recode", allowance, name, content, codec=codec, quality=quality, name=name
        )
        header = next(parts, None)
        if header is None:
            return None
        suffix, width, height = header
        return RecodedPage(b"".join(parts), str(suffix), int(width), int(height))

    def close(self) -> None:
        """End the helper processes that are idle."""
        self._pool.close()

    def _zip_member(self, path: Path, record: ZipRecord) -> Iterator[bytes]:
        """A member of a ZIP, decoded by a helper."""
        values = packed(tuple(record._replace(raw=b"")))  # which only writers need
        return self._stream("zip member", path, CONTENT, record=values)

    def _work(self, path: Path) -> Work:
        return DRAWING if identify(path) is ArchiveFormat.PDF else CONTENT

    def _one(self, kind: type[Value], task: str, path: Path, work: Work, **request: Any) -> Value:
        (answer,) = self._stream(task, path, work, **request)
        return _value(kind, answer, path)

    def _stream(self, task: str, path: Path, work: Work, **request: Any) -> Iterator[Any]:
        allowance = self._limits.allowance_for(work, path)
        return self._pool.stream(task, allowance, path, path=str(path), **request)


def _value(kind: type[Value], answer: Any, path: Path | str) -> Value:
    try:
        return unpacked(kind, answer)
    except Misfit as error:
        raise TooCostly("the process that reads it sent an invalid answer", path=path) from error
