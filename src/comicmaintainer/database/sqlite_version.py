"""The version of the loaded SQLite, and whether several processes may write a WAL database with it.

Older versions could damage such a database (decision 0108).
"""

from __future__ import annotations

from pysqlite3 import dbapi2 as driver

from comicmaintainer.errors import DatabaseUnusable

OLDEST_SOUND = (3, 51, 3)
SOUND_BACKPORTS = ((3, 50, 7), (3, 44, 6))


def loaded() -> tuple[int, int, int]:
    """Return the version of the SQLite library that the driver uses."""
    major, minor, patch = driver.sqlite_version_info[:3]
    return (major, minor, patch)


def is_sound(version: tuple[int, int, int]) -> bool:
    """Return whether `version` has the fix for the WAL reset."""
    if version >= OLDEST_SOUND:
        return True
    return any(version[:2] == fixed[:2] and version >= fixed for fixed in SOUND_BACKPORTS)


def require_sound() -> None:
    """Raise DatabaseUnusable unless the loaded SQLite is sound."""
    version = loaded()
    if not is_sound(version):
        raise DatabaseUnusable(
            f"SQLite {'.'.join(map(str, version))} can corrupt a database that several processes "
            "write; 3.51.3 or later is needed. Install the locked dependencies: "
            "pip install --require-hashes -r requirements/runtime.lock"
        )
