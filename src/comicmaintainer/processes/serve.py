"""`serve`: runs the whole service, supervising the web server and the worker processes.

Settings, address and database are checked before these start, so that a problem is reported in one
line. If the disk is full at the start, it waits for space; a database server is waited for, too.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

from comicmaintainer import logs
from comicmaintainer.accounts import Accounts
from comicmaintainer.database import (
    Database,
    SqliteDatabase,
    health,
    notices,
    schema_check,
    shared_values,
)
from comicmaintainer.database.opening import open_database
from comicmaintainer.library.host_roots import HostRoots
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.processes import database_start, web_server
from comicmaintainer.processes.supervisor import Program, Supervisor
from comicmaintainer.settings import Auth, Settings

logger = logging.getLogger(__name__)

STALE_S = 20.0
"""When a heartbeat is this old, check whether the database accepts writes at all."""
_BEAT = "supervisor:beat"
_REPLACED = (
    "The database was deleted or replaced while the service was running. A new one is in use: the "
    "library is scanned again, but jobs, users and keys are gone unless you restore a backup."
)


def run(settings: Settings) -> None:
    """Serve until told to stop.

    Raises:
        InvalidSetting: the service can't listen at the address, a folder can't be watched, or this
            host does not fit to others that share the database.
        DatabaseError: the database can't be used.
    """
    roots = LibraryRoots(settings.watched_dirs)  # report bad folders once, not in each process
    database = _opened(settings, process="serve")
    if database is None:
        return
    if database.is_shared:
        HostRoots(database, roots, now=database.now).register()
    else:
        schema_check.require_whole(database)
    announce(settings, database)
    Supervisor(
        (
            Program(
                "web",
                (sys.executable, "-m", "comicmaintainer.processes.web_server"),
                reload_signal=signal.SIGHUP,
            ),
            *worker_programs(settings.worker_processes),
        ),
        WorkerHeartbeats(database, on_replaced=lambda: announce(settings, database)),
    ).run()


def run_web(settings: Settings) -> None:
    """Serve only pages and API until told to stop; this process becomes the web server.

    Raises:
        InvalidSetting: it can't listen at the address, or a folder can't be watched.
        DatabaseError: the database can't be used.
    """
    LibraryRoots(settings.watched_dirs)
    database = _opened(settings, process="web")
    if database is None:
        return
    announce(settings, database)
    database.close()
    web_server.replace_process()


def worker_programs(count: int) -> Iterator[Program]:
    """Yield the main worker, and as many for items only as make `count`."""
    command = (sys.executable, "-m", "comicmaintainer", "worker")
    yield Program("worker", command, has_heartbeat=True)
    for number in range(2, count + 1):
        yield Program(f"worker {number}", (*command, "--items-only"), has_heartbeat=True)


def announce(settings: Settings, database: Database) -> None:
    """Print the service's address and, before the first user exists, the setup link."""
    scheme = "https" if settings.ssl_certfile else "http"
    host = settings.web_host
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not listened at
        host = "localhost"
    elif ":" in host:
        host = f"[{host}]"
    base_url = f"{scheme}://{host}:{settings.web_port}{settings.base_path}"
    sys.stdout.write(f"ComicMaintainer: {base_url}/\n")
    if settings.watched_dirs:
        sys.stdout.write(f"Comics: {', '.join(map(str, settings.watched_dirs))}\n")
    else:
        sys.stdout.write("No folder is watched: set WATCHED_DIR.\n")
    sys.stdout.write(f"Database: {database.name}\n")
    if settings.auth is Auth.ENABLED:
        link = Accounts(database).setup_link(base_url)
        if link is not None:
            sys.stdout.write(f"Open this link once to choose a name and password: {link}\n")
    sys.stdout.flush()


class WorkerHeartbeats:
    """The newest heartbeat of a worker process, read from the database.

    While it is old, a test write tells two cases apart: a database that refuses writes, which is
    not the worker's fault, and a worker that hangs, perhaps while holding the write lock.

    It also notices that the database file was deleted or replaced: `on_replaced` is called, a
    notice is posted, and all workers are restarted, so that one scans and sets up the new database,
    and none keeps what it knows of the old one.
    """

    def __init__(
        self, database: Database, *, on_replaced: Callable[[], None] = lambda: None
    ) -> None:
        self._database = database
        self._on_replaced = on_replaced
        self._path = database.path if isinstance(database, SqliteDatabase) else None
        self._file = None if self._path is None else self._opened(self._path)
        self._replacements = 0
        self._replacements_at: dict[int, int] = {}

    def __call__(self, pid: int) -> object:
        """Return the heartbeat of the worker in process `pid`, or None.

        Raises:
            DatabaseError: the database can't be read, or refuses writes.
        """
        row = self._database.row(
            "SELECT max(heartbeat_at) AS newest FROM workers WHERE pid = ? AND host = ?",
            (pid, self._database.host),
        )
        self._restart_if_replaced(pid)
        newest = None if row is None else row["newest"]
        if newest is None or self._database.now() - newest > STALE_S:
            with self._database.transaction() as transaction:
                shared_values.store(transaction, _BEAT, "", self._database.now())
        return newest

    def _opened(self, path: Path) -> int:
        self._database.value("SELECT 1")  # creates the file if it is missing
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    def _restart_if_replaced(self, pid: int) -> None:
        if self._path is None or self._file is None:
            return
        before = self._replacements_at.setdefault(pid, self._replacements)
        self._file = self._look_for_replacement(self._path, self._file)
        if before != self._replacements:
            self._replacements_at[pid] = self._replacements
            os.kill(pid, signal.SIGTERM)

    def _look_for_replacement(self, path: Path, held: int) -> int:
        """Return the file to hold from now on."""
        # The file is held open so that a new file can't get its inode number. It is closed only
        # after it was replaced, because closing it drops this process's SQLite locks.
        now, before = path.stat(), os.fstat(held)
        if (now.st_dev, now.st_ino) == (before.st_dev, before.st_ino):
            return held
        opened = self._opened(path)
        os.close(held)
        logger.warning("%s", _REPLACED)
        notices.post(self._database, "database-replaced", _REPLACED, self._database.now())
        self._replacements += 1
        self._on_replaced()
        return opened


def _opened(settings: Settings, *, process: str) -> Database | None:
    """Check the address, and open the database once it can be used; None if told to stop."""
    logs.configure(settings, process=process)
    web_server.require_free_address(settings)
    database = open_database(settings.database_path, settings.database_url, host=settings.host_name)
    return database if _prepare_database(settings, database) else None


def _prepare_database(settings: Settings, database: Database) -> bool:
    """Wait until the database can be used; False if told to stop meanwhile."""
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    def prepare() -> None:
        health.prepare(settings.database_path, on_network=settings.config_on_network)

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        if database.is_shared:
            return database_start.wait_for_server(database, stopping)
        return database_start.wait_for_file(prepare, stopping)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
