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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from comicmaintainer.database.postgresql.schema_steps import bring_up_to_date

REQUIRED = "COMICMAINTAINER_POSTGRESQL_REQUIRED"
"""Set where tests must not be skipped for want of a server."""
_PLACES = "/usr/lib/postgresql/*/bin"
_TEMPLATE = "with_schema"
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
    """A running server; `folder` has its data and its socket."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count(1)
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {_TEMPLATE}")
        with psycopg.connect(self.url(_TEMPLATE), autocommit=True) as connection:
            bring_up_to_date(connection, "the template")

    def url(self, database: str) -> str:
        """Return the address of one of its databases."""
        return f"postgresql://tests@/{database}?host={self._folder}"

    @contextmanager
    def database(self, template: str = _TEMPLATE) -> Iterator[str]:
        """Make a database; yield its address, and remove it at the end."""
        name = f"test{next(self._numbers)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            # The usual way writes every page to the log, and takes seven times as long.
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
            yield self.url(name)
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def running(bin_folder: Path) -> Iterator[Server]:
    """Start a server; yield it, and stop it at the end."""
    folder = Path(tempfile.mkdtemp(prefix="postgresql-", dir="/tmp"))
    data, log = folder / "data", folder / "log"
    as_user = _as_user(folder)
    try:
        subprocess.run(
            [*as_user, bin_folder / "initdb", "--pgdata", data, "--username=tests", "--auth=trust",
             "--locale=C", "--encoding=UTF8", "--no-sync", "--no-instructions"],
            check=True, stdout=subprocess.DEVNULL, cwd=folder,
        )  # fmt: skip
        # One user needs the right password; the others are believed.
        rules = data / "pg_hba.conf"
        rules.write_text(f"local all guarded scram-sha-256\n{rules.read_text()}")
        options = [part for option in _OPTIONS for part in ("-c", option)]
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*as_user, bin_folder / "postgres", "-D", data, "-k", folder, *options],
                stdout=output, stderr=output, cwd=folder,
            )  # fmt: skip
        try:
            _wait_until_ready(folder, process, log)
            yield Server(folder)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
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


def _wait_until_ready(folder: Path, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _STARTS_WITHIN_S
    while True:
        try:
            psycopg.connect(f"postgresql://tests@/postgres?host={folder}").close()
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                said = log.read_text(errors="replace")
                raise AssertionError(f"PostgreSQL did not start: {said}") from None
            time.sleep(0.05)
        else:
            return
