"""Asks servers to look at the folders in which files were changed, in a thread of a worker process.

One process at a time does so, the holder of a lease. After a crash another one goes on where it
was: what was asked for is forgotten only afterwards, so at worst a folder is asked for twice.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import closing

from comicmaintainer.database import Database
from comicmaintainer.database.leases import Lease
from comicmaintainer.errors import DatabaseError, SourceError
from comicmaintainer.media_servers.clients import Clients
from comicmaintainer.media_servers.model import MediaServer
from comicmaintainer.media_servers.scan_store import ChangedFolder, ScanStore
from comicmaintainer.media_servers.server_store import ServerStore

logger = logging.getLogger(__name__)

LOOK_S = 1.0
LEASE_S = 180.0
"""Longer than any request may take."""
HIDDEN = "/.comicmaintainer/"
"""In such a folder lies the trash, which no server is to see."""


class Bridge:
    """Does what waits for servers; `client_of` returns what speaks with one."""

    def __init__(
        self,
        database: Database,
        client_of: Clients,
        *,
        holder: str,
        now: Callable[[], float],
    ) -> None:
        self._database = database
        self._client_of = client_of
        self._lease = Lease(database, "media servers", holder, now=now)
        self._servers = ServerStore(database)
        self._scans = ScanStore(database)
        self._now = now

    def run(self, stopping: threading.Event) -> None:
        """Look every LOOK_S seconds until told to stop."""
        while not stopping.wait(LOOK_S):
            try:
                self.work()
            except DatabaseError as error:
                logger.warning("Asking servers is postponed: %s", error)

    def work(self) -> None:
        """Do, in this thread, what can be done now."""
        for server in self._servers.due(self._now()):
            folders = self._scans.ripe(server.server_id, self._now())
            if not folders:
                continue
            if not self._lease.take(LEASE_S):
                return
            self._ask(server, folders)

    def _ask(self, server: MediaServer, folders: Sequence[ChangedFolder]) -> None:
        there: dict[str, list[ChangedFolder]] = {}
        hidden = [each for each in folders if HIDDEN in each.folder]
        for each in folders:
            if each not in hidden:
                there.setdefault(server.path_map.there(each.folder), []).append(each)
        self._scans.asked(server.server_id, hidden)
        if not there:
            return
        try:
            with closing(self._client_of(server)) as client:
                for names in client.scan(list(there)):
                    done = [each for name in names for each in there[name]]
                    self._scans.asked(server.server_id, done)
                    if not self._lease.take(LEASE_S):
                        return
        except SourceError as error:
            logger.warning("%s could not be asked for a scan: %s", server.name, error.message)
            self._servers.failed(server, error.message, self._now())
            return
        self._servers.answered(server.server_id, self._now())
