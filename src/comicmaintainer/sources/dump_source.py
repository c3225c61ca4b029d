"""One source that is read from a file: the dump that a user downloads and puts in a folder.

Nothing is sent to anyone, so there are no limits and nothing is kept. A dump is indexed when it is
first used; until then its questions wait.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from comicmaintainer.comics.metadata.model import ComicMetadata
from comicmaintainer.database.dump_file import DumpFile, IndexTable
from comicmaintainer.errors import AnswerDelayed, SourceOff
from comicmaintainer.matching.questions import Question
from comicmaintainer.sources.model import SourceInfo
from comicmaintainer.sources.source_settings import SourceSettings

INDEXING_S = 30.0
"""How soon to ask again while another process builds the index."""
SETTLED_S = 10.0
"""A file that changed less long ago may still be being copied."""
_SUFFIXES = (".db", ".sqlite", ".sqlite3")


class DumpReader(Protocol):
    """What is particular to the dump of one source."""

    @property
    def info(self) -> SourceInfo:
        """What the source declares."""

    @property
    def tables(self) -> tuple[IndexTable, ...]:
        """The tables of its index."""

    def answer(self, dump: DumpFile, question: Question) -> Any:
        """Answer a question of matching."""

    def details(self, dump: DumpFile, issue_id: str) -> ComicMetadata | None:
        """Return everything that is known of an issue."""


class DumpSource:
    """A dump with its settings; `folder` is where the user puts it."""

    def __init__(
        self,
        reader: DumpReader,
        settings: SourceSettings,
        folder: Path,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._reader = reader
        self._settings = settings
        self._folder = folder
        self._now = now

    @property
    def info(self) -> SourceInfo:
        """What the source declares."""
        return self._reader.info

    def is_there(self) -> bool:
        """Return whether the file is there."""
        return self._file() is not None

    def missing(self) -> str | None:
        """Return a sentence that says where the file should be; None if it is there."""
        if self.is_there():
            return None
        return (
            f"There is no file of {self.info.title}: download it from {self.info.site} and put it "
            f"at {self._folder / self.info.name}.db."
        )

    def require_usable(self) -> None:
        """Raise SourceOff if the source is not switched on, or its file is not there."""
        self._require_file()

    def answer(self, question: Question, *, urgent: bool, more_come: bool) -> Any:  # noqa: ARG002
        """Answer a question; see `Sources.answer`."""
        return self._reader.answer(self._dump(), question)

    def details(
        self,
        issue_id: str,
        *,
        urgent: bool,  # noqa: ARG002
        max_age_s: float | None,  # noqa: ARG002
    ) -> ComicMetadata | None:
        """Find out everything about an issue; see `Sources.details`."""
        return self._reader.details(self._dump(), issue_id)

    def kept_details(self, issue_id: str) -> ComicMetadata | None:
        """Return what the file says of an issue, if it is indexed; see `Sources.kept_details`."""
        dump = self._indexed()
        return None if dump is None else self._reader.details(dump, issue_id)

    def kept_answer(self, question: Question) -> Any:
        """Return what the file says, if it is indexed; see `Sources.kept_answer`."""
        dump = self._indexed()
        return None if dump is None else self._reader.answer(dump, question)

    def test(self) -> None:
        """Index the file if it is not; see `Sources.test`."""
        self._dump()

    def _indexed(self) -> DumpFile | None:
        path = self._file()
        if path is None or not self._settings.is_enabled(self.info):
            return None
        dump = self._dump_at(path)
        return dump if dump.is_indexed() else None

    def _dump(self) -> DumpFile:
        """Return the dump with its index.

        Raises:
            SourceOff: the source is not switched on, or the file is not there.
            AnswerDelayed: the file is being copied or indexed.
            UnusableAnswer: it is damaged.
        """
        path = self._require_file()
        dump = self._dump_at(path)
        if dump.is_indexed():
            return dump
        settled_at = path.stat().st_mtime + SETTLED_S
        if path.stat().st_mtime <= self._now() < settled_at:
            raise AnswerDelayed(f"{path} is still being copied, it seems.", until=settled_at)
        if not dump.build_index():
            until = self._now() + INDEXING_S
            raise AnswerDelayed(f"{path} is being indexed.", until=until)
        return dump

    def _dump_at(self, path: Path) -> DumpFile:
        return DumpFile(path, self._folder / f"{self.info.name}.index", self._reader.tables)

    def _require_file(self) -> Path:
        self._settings.access(self.info)
        path = self._file()
        if path is None:
            raise SourceOff(self.missing() or "")
        return path

    def _file(self) -> Path | None:
        candidates = (self._folder / f"{self.info.name}{suffix}" for suffix in _SUFFIXES)
        return next((path for path in candidates if path.is_file()), None)
