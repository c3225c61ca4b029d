"""The files that were just found sound, noted in the catalogue in shared commits.

`verify` adds each sound file. They are written at the latest before the results of their items are
handed in, so that an accepted result is never ahead of the catalogue. If the process dies in
between, the items run again.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

from comicmaintainer.database import Database
from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.library.catalogue.model import SeenFile

_SET_VERIFIED = (
    "UPDATE files SET verified_at = ? WHERE path = ? AND size_bytes = ? AND mtime_ns = ?"
)


class VerifiedFiles:
    """The batch that all threads of a process share; with `deferred`, only `flush` commits."""

    def __init__(
        self, database: Database, *, now: Callable[[], float], deferred: bool = False
    ) -> None:
        self._database = database
        self._now = now
        self._deferred = deferred
        self._turn = threading.Lock()
        # The thread that holds the lock takes from the front; all threads may append.
        self._files: list[tuple[float, SeenFile]] = []

    def add(self, path: str | os.PathLike[str], identity: FileIdentity) -> None:
        """Add a file whose pages were all found sound; commit unless that is deferred.

        If its row has another size or time at the commit, the file has been written since, and is
        not noted.
        """
        self._files.append((self._now(), SeenFile.of(os.fspath(path), identity)))
        if not self._deferred:
            self.flush()

    def flush(self) -> None:
        """Commit everything that was added.

        Raises:
            DatabaseError: it is kept for the next commit.
        """
        with self._turn:
            files = list(self._files)
            if not files:
                return
            with self._database.transaction() as transaction:
                transaction.execute_many(
                    _SET_VERIFIED,
                    [(at, file.path, file.size_bytes, file.mtime_ns) for at, file in files],
                )
            del self._files[: len(files)]
