"""Builds a wheel of pysqlite3 with a SQLite of its own, where no ready one exists (arm64).

    python build_pysqlite3.py LOCK FOLDER

The version of pysqlite3 and its hash are those of LOCK; SQLite comes from sqlite.org and is checked
by the hash below, which that site publishes. Debian's SQLite would be too old: see
`database/sqlite_version.py`. Needs gcc, and setuptools beside this Python's pip.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
import zipfile
from pathlib import Path

SQLITE = "https://sqlite.org/2026/sqlite-amalgamation-3510300.zip"
SHA3_256 = "ced02ff9738970f338c9c8e269897b554bcda73f6cf1029d49459e1324dbeaea"
SOURCES = ("sqlite3.c", "sqlite3.h")


def locked(lock: str) -> str:
    """Return the lines of pysqlite3 in the text of a lock."""
    found = re.search(r"^pysqlite3==(?:.*\\\n)+.*$", lock, re.MULTILINE)
    if found is None:
        raise SystemExit("The lock does not name pysqlite3.")
    return found[0] + "\n"


def fetch(address: str, sha3_256: str, target: Path) -> None:
    """Save what is at `address`, if it has this hash."""
    with urllib.request.urlopen(address, timeout=120) as answer:
        content = answer.read()
    actual = hashlib.sha3_256(content).hexdigest()
    if actual != sha3_256:
        raise SystemExit(f"{address} has the hash {actual}, not {sha3_256}.")
    target.write_bytes(content)


def add_sqlite(archive: Path, source: Path) -> None:
    """Put SQLite's sources beside setup.py, which compiles them in if they are there."""
    with zipfile.ZipFile(archive) as zipped:
        for name in SOURCES:
            (member,) = (each for each in zipped.namelist() if Path(each).name == name)
            (source / name).write_bytes(zipped.read(member))


def build(lock: Path, folder: Path) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        requirement = work / "requirement.txt"
        requirement.write_text(locked(lock.read_text("utf-8")), "utf-8")
        pip("download", "--require-hashes", "--no-binary=:all:", "-d", work, "-r", requirement)
        (sdist,) = work.glob("pysqlite3-*.tar.gz")
        with tarfile.open(sdist) as archive:
            archive.extractall(work, filter="data")
        source = work / sdist.name.removesuffix(".tar.gz")
        fetch(SQLITE, SHA3_256, work / "sqlite.zip")
        add_sqlite(work / "sqlite.zip", source)
        pip("wheel", "--wheel-dir", folder, source)


def pip(command: str, *arguments: str | Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", command, "--no-deps",
         "--no-cache-dir", "--no-build-isolation", *arguments],
        check=True,
    )  # fmt: skip


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]))
