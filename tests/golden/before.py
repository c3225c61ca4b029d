"""A library as an older version has left it: files, database and journal, kept in one small file.

`python -m tests.golden.before` makes it anew with the version that runs. Paths are kept relative to
a placeholder; inodes are assigned anew when the files are written, and the stored ones follow.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import pysqlite3

from tests.golden.scene import Scene, draw
from tests.golden.work_of_each_kind import do_each_kind

KEPT = Path(__file__).with_name("before.json.gz")
IDENTITIES = (("changes", ("intent", "receipt")), ("job_results", ("details",)))


def keep(folder: Path) -> None:
    """Draw a library in `folder`, run one job of each kind over it and keep what is left."""
    scene = draw(folder)
    originals = _digests(scene)
    ids = do_each_kind(scene)
    third = scene.library / "Tide Warden" / "Tide Warden #0003 (2021).cbz"
    ids["preview"] = scene.run("tag", [third], {"set": {"title": "Low Water"}}, preview=True).job_id
    scene.services.database.close()
    with pysqlite3.connect(scene.settings.database_path) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    kept = {
        "base": str(folder),
        "originals": originals,
        "jobs": ids,
        "files": [_file(folder, path) for path in sorted(folder.rglob("*")) if path.is_file()],
    }
    KEPT.write_bytes(gzip.compress(json.dumps(kept).encode(), mtime=0))


def write(folder: Path) -> tuple[Scene, dict[str, Any]]:
    """Write the kept library into `folder`; returns it and what was kept about it."""
    kept = json.loads(gzip.decompress(KEPT.read_bytes()))
    inodes = {}
    for file in kept["files"]:
        path = folder / file["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(file["content"]))
        os.utime(path, ns=(file["mtime_ns"], file["mtime_ns"]))
        inodes[tuple(file["identity"])] = (path.stat().st_dev, path.stat().st_ino)
    scene = Scene(folder)
    _follow(scene.settings.database_path, kept["base"], str(folder), inodes)
    return scene, kept


def _file(folder: Path, path: Path) -> dict[str, Any]:
    status = path.stat()
    return {
        "path": str(path.relative_to(folder)),
        "content": base64.b64encode(path.read_bytes()).decode("ascii"),
        "mtime_ns": status.st_mtime_ns,
        "identity": [status.st_dev, status.st_ino],
    }


def _digests(scene: Scene) -> dict[str, str]:
    comics = [path for path in scene.library.rglob("*.cb*") if path.is_file()]
    return {
        str(path.relative_to(scene.library)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in comics
    }


def _follow(
    database: Path, old: str, new: str, inodes: dict[tuple[int, ...], tuple[int, int]]
) -> None:
    """Let the stored paths and identities name the files as they were written here."""
    with pysqlite3.connect(database) as connection:
        tables = [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if not name.startswith(("sqlite_", "file_search"))
        ]
        for table in tables:
            for _, column, kind, *_ in connection.execute(f"PRAGMA table_info({table})").fetchall():
                if kind == "TEXT":
                    connection.execute(
                        f"UPDATE {table} SET {column} = replace({column}, ?, ?)", (old, new)
                    )
        for (device, inode), (own_device, own_inode) in inodes.items():
            for table, columns in IDENTITIES:
                for column in columns:
                    connection.execute(
                        f"UPDATE {table} SET {column} = replace({column}, ?, ?)",
                        (f"[{device},{inode},", f"[{own_device},{own_inode},"),
                    )
            connection.execute(
                "UPDATE files SET device = ?, inode = ? WHERE inode = ?",
                (own_device, own_inode, inode),
            )
            connection.execute("UPDATE roots SET device = ?", (own_device,))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        keep(Path(place))
