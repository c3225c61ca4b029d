"""A PostgreSQL server of the tests' own: Debian's, in a folder of its own, on a Unix socket only.

Each process of tests starts one when its first test needs it, and stops it at the end. A test's
database is copied from a template that has the schema.
"""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg

from comicmaintainer.database.postgresql.schema_steps import bring_up_to_date

REQUIRED = "COMICMAINTAINER_POSTGRESQL_REQUIRED"
"""Set where tests must not be skipped for want of a server."""
_PLACES = "/usr/lib/postgresql/*/bin"
TEMPLATE = "with_schema"
_STARTS_WITHIN_S = 120.0
_OPTIONS = (
    "listen_addresses=",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "shared_buffers=32MB",
    "max_connections=60",
)


def programs() -> Path | None:
    """Return the folder of the newest server's programs, or None."""
    found = sorted(Path("/").glob(_PLACES[1:]), key=lambda path: int(path.parent.name))
    return found[-1] if found and (found[-1] / "initdb").exists() else None


class Server:
    """A server; `folder` has its data and its socket, `command` starts it. It may be killed."""

    def __init__(self, folder: Path, command: Sequence[str | Path]) -> None:
        self.folder = folder
        self._log = folder / "log"
        self._command = command
        self._numbers = itertools.count(1)
        self._process: subprocess.Popen[bytes] | None = None
        self._was_killed = False

    def start(self) -> None:
        """Start it, and wait until it answers."""
        deadline = time.monotonic() + _STARTS_WITHIN_S
        self._launch()
        while not self._answers():
            has_ended = self._process is not None and self._process.poll() is not None
            if time.monotonic() > deadline or (has_ended and not self._was_killed):
                said = self._log.read_text(errors="replace")
                raise AssertionError(f"PostgreSQL did not start: {said}")
            if has_ended:
                # Its other processes end some time after a kill, and refuse a new one until then.
                self._launch()
            time.sleep(0.05)

    def _launch(self) -> None:
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(
                self._command, stdout=output, stderr=output, cwd=self.folder
            )

    def _answers(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            return False
        try:
            psycopg.connect(self.url("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True

    def kill(self) -> None:
        """End it without a word; what it had written stays."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._was_killed = True

    def stop(self) -> None:
        """End it."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()

    def make_template(self) -> None:
        """Make the database that those of tests are copied from."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {TEMPLATE}")
        with psycopg.connect(self.url(TEMPLATE), autocommit=True) as connection:
            bring_up_to_date(connection, "the template")

    def url(self, database: str, host: str | Path = "") -> str:
        """Return the address of one of its databases, over its socket or that of `host`."""
        return f"postgresql://tests@/{database}?host={host or self.folder}"

    @contextmanager
    def database(self, template: str = TEMPLATE) -> Iterator[str]:
        """Make a database; yield its address, and remove it at the end."""
        name = f"test{next(self._numbers)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            # The usual way writes every page to the log, and takes seven times as long.
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
            yield self.url(name)
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def running(
    bin_folder: Path, options: Sequence[str] = (), within: Sequence[str] = ()
) -> Iterator[Server]:
    """Start a server; yield it, and stop it at the end.

    `options` are settings in addition to the usual ones, `within` the start of a command line that
    runs it elsewhere.
    """
    folder = Path(tempfile.mkdtemp(prefix="postgresql-", dir="/tmp"))
    data = folder / "data"
    as_user = _as_user(folder)
    try:
        subprocess.run(
            [*as_user, bin_folder / "initdb", "--pgdata", data, "--username=tests", "--auth=trust",
             "--locale=C", "--encoding=UTF8", "--no-sync", "--no-instructions"],
            check=True, stdout=subprocess.DEVNULL, cwd=folder,
        )  # fmt: skip
        # One user needs the right password; the others are believed.
        rules = data / "pg_hba.conf"
        rules.write_text(
            f"local all guarded scram-sha-256\nhost all all samenet trust\n{rules.read_text()}"
        )
        parts = [part for option in (*_OPTIONS, *options) for part in ("-c", option)]
        program = [str(bin_folder / "postgres"), "-D", str(data), "-k", str(folder), *parts]
        server = Server(folder, [*within, *as_user, *program])
        try:
            server.start()
            server.make_template()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_user(folder: Path) -> list[str]:
    """Return the start of a command line as another user than root, who owns the folder."""
    if os.geteuid() != 0:
        return []
    names = {entry.pw_name for entry in pwd.getpwall()}
    entry = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    return [
        "setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups",
        "--pdeathsig=QUIT",
    ]  # fmt: skip
