"""Does what waits for servers, in a thread of a worker process.

    asks for a look at folders in which files were changed → reads what the server knows → carries
    progress over (see carrying) → lets go on what has waited for that (see order_store)

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
from comicmaintainer.errors import DatabaseError, NotFound, SourceError
from comicmaintainer.media_servers.carry_store import HIDDEN
from comicmaintainer.media_servers.carrying import Carrying, LeaseGone
from comicmaintainer.media_servers.client import Client
from comicmaintainer.media_servers.clients import Clients
from comicmaintainer.media_servers.model import MediaServer, ProgressMode
from comicmaintainer.media_servers.order_store import OrderStore
from comicmaintainer.media_servers.scan_store import ChangedFolder, ScanStore
from comicmaintainer.media_servers.server_store import ServerStore

logger = logging.getLogger(__name__)

LOOK_S = 1.0
LEASE_S = 180.0
"""Longer than any request may take."""
READ_EVERY_S = 3600.0
"""So often what servers know is read without a reason, since pages show it."""
WAKE_EVERY_S = 5.0
"""So often is looked for items that need not wait any more, such as for a server switched off."""


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
        self._client_of = client_of
        self._lease = Lease(database, "media servers", holder, now=now)
        self._servers = ServerStore(database)
        self._scans = ScanStore(database)
        self._carrying = Carrying(database, now=now)
        self._order = OrderStore(database)
        self._woken_at = float("-inf")
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
        self._serve_all()
        if not 0 <= self._now() - self._woken_at < WAKE_EVERY_S:
            self._wake()

    def _serve_all(self) -> None:
        for server in self._servers.enabled(self._now()):
            folders = self._scans.ripe(server.server_id, self._now())
            if not (folders or self._is_to_be_read(server)):
                continue
            if not self._beat():
                return
            try:
                self._serve(server, folders)
            except (LeaseGone, NotFound):
                return  # another process works, or the server has been removed just now

    def _serve(self, server: MediaServer, folders: Sequence[ChangedFolder]) -> None:
        try:
            with closing(self._client_of(server)) as client:
                if folders:
                    self._ask(server, client, folders)
                    server = self._servers.get(server.server_id)
                if self._is_to_be_read(server):
                    is_all = self._carrying.round(server, client, self._beat)
                    self._wake()
                    self._servers.end_round(server, self._now(), is_all=is_all)
        except SourceError as error:
            logger.warning("%s could not be asked: %s", server.name, error.message)
            self._servers.failed(server, error.message, self._now())
            return
        self._servers.answered(server.server_id, self._now())

    def _wake(self) -> None:
        self._woken_at = self._now()
        self._order.wake(self._now())
        for server in self._servers.enabled(self._now()):
            if server.next_round_at is None and self._order.is_waited_for(
                server.server_id, self._now()
            ):
                self._servers.begin_rounds(server.server_id, self._now())

    def _is_to_be_read(self, server: MediaServer) -> bool:
        if server.progress is ProgressMode.OFF:
            return False
        now = self._now()
        if server.wanted_at is not None or server.known_at is None:
            return True
        if server.next_round_at is not None and server.next_round_at <= now:
            return True
        return server.known_at <= now - READ_EVERY_S

    def _ask(self, server: MediaServer, client: Client, folders: Sequence[ChangedFolder]) -> None:
        there: dict[str, list[ChangedFolder]] = {}
        hidden = [each for each in folders if HIDDEN in each.folder]
        for each in folders:
            if each not in hidden:
                there.setdefault(server.path_map.there(each.folder), []).append(each)
        self._scans.asked(server.server_id, hidden)
        if not there:
            return
        # Before the folders are forgotten: what was carried is looked for after the scan.
        self._servers.begin_rounds(server.server_id, self._now())
        for names in client.scan(list(there)):
            done = [each for name in names for each in there[name]]
            self._scans.asked(server.server_id, done)
            if not self._beat():
                raise LeaseGone

    def _beat(self) -> bool:
        return self._lease.take(LEASE_S)
