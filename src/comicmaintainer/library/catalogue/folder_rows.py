"""The rows of roots and folders, inside one transaction.

A folder's ancestors up to its root have rows as well, for queries of everything below a folder.
"""

from __future__ import annotations

from comicmaintainer.database import Transaction
from comicmaintainer.library.catalogue.folder_order import folder_key
from comicmaintainer.library.ignored import is_ignored


class FolderTable:
    """Roots and folders within one transaction; caches its lookups."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._roots: dict[str, int] | None = None
        self._ids: dict[str, tuple[int, int]] = {}
        self._lineages: dict[int, list[int]] = {}

    def add_root(self, path: str, now_at: float) -> int:
        """Return the id of the root at `path`, which is added if it is new."""
        self._transaction.execute(
            "INSERT INTO roots (path, first_seen_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
            (path, now_at),
        )
        rows = self._transaction.rows("SELECT root_id FROM roots WHERE path = ?", (path,))
        self._roots = None
        root_id: int = rows[0]["root_id"]
        return root_id

    def adopt(self, root_id: int, path: str) -> list[int]:
        """Give the root at `path` all folders below it; return the files that changed root.

        Roots inside it are empty then and are forgotten.
        """
        if not any(
            other != path and (other.startswith(path + "/") or path.startswith(other + "/"))
            for other in self._known_roots()
        ):
            return []
        below = {"path": path, "from": path + "/", "to": path + "0", "root_id": root_id}
        self._transaction.execute(
            "UPDATE folders SET root_id = :root_id WHERE root_id <> :root_id "
            "AND (path = :path OR (path > :from AND path < :to))",
            below,
        )
        rows = self._transaction.rows(
            "UPDATE files SET root_id = :root_id WHERE root_id <> :root_id "
            "AND path > :from AND path < :to RETURNING file_id",
            below,
        )
        self._transaction.execute("DELETE FROM roots WHERE path > :from AND path < :to", below)
        self._roots = None
        return [row["file_id"] for row in rows]

    def ensure(self, path: str) -> tuple[int, int] | None:
        """Return (root_id, folder_id) of the folder, added if new; None for uncatalogued folders.

        Those are folders outside all roots, and folders that scans ignore (trash, rehearsals).
        """
        if path in self._ids:
            return self._ids[path]
        row = self._transaction.row(
            "SELECT root_id, folder_id FROM folders WHERE path = ?", (path,)
        )
        if row is None:
            root = self._root_of(path)
            if root is None or self._is_ignored(path):
                return None
            if path not in self._known_roots():
                self.ensure(path.rpartition("/")[0])
            row = self._transaction.rows(
                "INSERT INTO folders (root_id, path, sort_key) VALUES (?, ?, ?)"
                " RETURNING root_id, folder_id",
                (root, path, folder_key(path)),
            )[0]
        self._ids[path] = (row["root_id"], row["folder_id"])
        return self._ids[path]

    def lineage(self, folder_id: int) -> list[int]:
        """Return the ids of the folder and all folders above it, innermost first."""
        if folder_id not in self._lineages:
            row = self._transaction.rows(
                "SELECT f.path, r.path AS root FROM folders f JOIN roots r USING (root_id) "
                "WHERE folder_id = ?",
                (folder_id,),
            )[0]
            path, ids = row["path"], []
            while True:
                place = self.ensure(path)
                if place is None:
                    break
                ids.append(place[1])
                if path == row["root"]:
                    break
                path = path.rpartition("/")[0]
            self._lineages[folder_id] = ids
        return self._lineages[folder_id]

    def _known_roots(self) -> dict[str, int]:
        if self._roots is None:
            self._roots = {
                row["path"]: row["root_id"]
                for row in self._transaction.rows("SELECT path, root_id FROM roots")
            }
        return self._roots

    def _is_ignored(self, path: str) -> bool:
        roots = self._known_roots()
        while path not in roots:
            path, _, name = path.rpartition("/")
            if is_ignored(name):
                return True
        return False

    def _root_of(self, path: str) -> int | None:
        roots = self._known_roots()
        while path:
            if path in roots:
                return roots[path]
            path = path.rpartition("/")[0]
        return None
