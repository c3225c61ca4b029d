"""Files that may have ended a worker process: read one at a time, and finally set aside.

A worker notes a file before it starts work on it. If the process ends then (a crash, a kill by the
kernel or the supervisor), another one finds the notes: the next that starts, or one that runs
beside it. Those files are then read one at a time, so that the next ending shows which of them it
was. After `MAX_ENDINGS` workers have ended at a file, it is skipped until it changes or a user
requests it, and a notice is shown.

With several hosts the endings at a file count together. The notes stay on their host: only there is
it known that a process has ended, and not merely lost its connection.
"""

from __future__ import annotations

import dataclasses
import logging
import os
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from comicmaintainer.database import Database, Turn, notices
from comicmaintainer.errors import SetAside
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.filesystem.process_notes import (
    ProcessNotes,
    have_processes_died,
    notes_of_dead_processes,
)
from comicmaintainer.library.catalogue.model import FileFacts
from comicmaintainer.library.scan.reading_pool import FileReader, QuickReader
from comicmaintainer.library.scan.suspect_store import Suspect, SuspectStore

LOGGER = logging.getLogger(__name__)

MAX_ENDINGS = 5
"""A worker that is killed from outside also ends at some file, and often at the one that it starts
with again, so a series of kills must not set a good comic aside."""
NOTICE_KEY = "set-aside:"


class Suspects:
    """The suspects in `database`, with notes in `folder`. One per process, for its threads."""

    def __init__(self, database: Database, folder: Path, *, now: Callable[[], float]) -> None:
        self._database = database
        self._store = SuspectStore(database)
        self._folder = folder
        self._now = now
        self._alone = threading.Lock()
        self._known: dict[str, Suspect] = {}
        self.gather()
        try:
            self._notes: ProcessNotes | None = ProcessNotes(folder)
        except OSError as error:
            LOGGER.warning("No notes are kept of what is being read: %s", error)
            self._notes = None

    def gather(self) -> None:
        """Count the files that dead processes were at work on, and read what others have counted.

        Raises:
            DatabaseError.
        """
        if have_processes_died(self._folder):
            self._count_notes()
        self.refresh()

    def refresh(self) -> None:
        """Read what other processes have counted.

        Raises:
            DatabaseError.
        """
        self._known = {suspect.path: suspect for suspect in self._store.all()}

    def guarded(self, path: Path, *, is_asked: bool = False) -> AbstractContextManager[None]:
        """Run a block that reads or changes the comic at `path`.

        With `is_asked`, a user has requested it although it was set aside.

        Raises:
            SetAside: workers have ended at it.
        """
        name = os.fspath(path)
        return self._guarded(name, is_asked=is_asked) if name in self._known else self.noted(name)

    @contextmanager
    def _guarded(self, name: str, *, is_asked: bool) -> Iterator[None]:
        suspect, found = self._known.get(name), self._found(name)
        if found is None:
            suspect = None  # not to be seen now, perhaps only from here: no news of it
        elif suspect is not None and not suspect.is_of(found):
            self._clear(name)
            suspect = None
        if suspect is not None and suspect.endings >= MAX_ENDINGS and not is_asked:
            raise _set_aside(suspect)
        with nullcontext() if suspect is None else self._alone, self.noted(name):
            try:
                yield
            finally:  # this process survived, so the file did no harm, whatever the result
                if suspect is not None:
                    self._clear(name)

    def noted(self, path: str | Path) -> AbstractContextManager[None]:
        """Run blocks that read or change a comic that is no suspect; may be entered repeatedly."""
        return nullcontext() if self._notes is None else self._notes.noted(os.fspath(path))

    def is_known(self, path: str | Path) -> bool:
        """Tell whether workers have ended at the file at `path`, as far as is known."""
        return os.fspath(path) in self._known

    def guarded_quick_reader(self, read: QuickReader) -> QuickReader:
        """`read`, but skipping files that may have ended a worker; `guarded_reader` reads those."""

        def reads(path: Path) -> FileFacts | None:
            name = os.fspath(path)
            if name in self._known:
                return None
            with self.noted(name):
                return read(path)

        return reads

    def guarded_reader(self, read: FileReader) -> FileReader:
        """`read`, but refusing files that have ended workers."""

        def reads(path: Path) -> FileFacts:
            with self.guarded(path):
                return read(path)

        return reads

    def close(self) -> None:
        """Remove the notes, because this process ends normally."""
        if self._notes is not None:
            self._notes.close()

    def _clear(self, name: str) -> None:
        if self._known.pop(name, None) is not None:
            self._store.forget(name)
            notices.dismiss(self._database, NOTICE_KEY + name)

    def _found(self, name: str) -> FileIdentity | None:
        """Return the file as it is now, None if there is none or it can't be looked at.

        Another host's mount may show its time without fractions.
        """
        try:
            status = os.lstat(name)
        except OSError:
            return None
        if not stat.S_ISREG(status.st_mode):
            return None
        identity = FileIdentity.of_stat(status)
        return dataclasses.replace(identity, is_foreign=self._database.is_shared)

    def _count_notes(self) -> None:
        counted: list[Suspect] = []
        now_at = self._now()
        # Notes are read within the transaction, so that a process that finds none left, because
        # another is reading them, can't rescue the items before these are counted.
        with self._database.transaction(Turn.LIBRARY) as transaction:
            for name in notes_of_dead_processes(self._folder):
                LOGGER.warning("A worker ended while it was at work on %s", name)
                found = self._found(name)
                if found is not None:
                    counted.append(self._store.count(transaction, name, found, now_at))
        for suspect in counted:
            if suspect.endings >= MAX_ENDINGS:
                message = str(_set_aside(suspect))
                notices.post(self._database, NOTICE_KEY + suspect.path, message, now_at)


def _set_aside(suspect: Suspect) -> SetAside:
    return SetAside(
        f"{suspect.endings} worker processes crashed while they worked on it. It is left alone "
        "until it changes, or until someone starts a job for this very file",
        path=suspect.path,
    )
